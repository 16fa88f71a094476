// SPDX-License-Identifier: Apache-2.0
// How a parameter is cut over the ranks of a tensor-parallel group. Models state it, the sharding
// pass acts on it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "lathe/base/fields.h"

namespace lathe::ops {

enum class ShardAxis : uint8_t {
  kNone,  // every rank holds all of it
  kRows,  // output features: a column-parallel linear layer, vocabulary rows
  kCols,  // input features: a row-parallel linear layer, followed by an all-reduce
};
std::span<const ShardAxis> enum_values(ShardAxis);
std::string_view to_string(ShardAxis axis);

struct ShardingSpec {
  ShardAxis axis = ShardAxis::kNone;
  int64_t unit = 1;  // rows or columns that stay together, such as head_dim
  // Sizes along the axis of what was fused, such as [q, k, v] or [gate, up]: each is cut on its
  // own. Empty = one part.
  std::vector<int64_t> parts = {};
  bool operator==(const ShardingSpec&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("axis", &ShardingSpec::axis);
    v("unit", &ShardingSpec::unit);
    v("parts", &ShardingSpec::parts);
  }
};

}  // namespace lathe::ops
