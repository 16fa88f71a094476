// SPDX-License-Identifier: Apache-2.0
// Where a weight comes from, and which tensor of a coded weight is meant.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lathe/base/fields.h"

namespace lathe::ops {

// Which tensor of the checkpoint holds (some rows of) a parameter.
struct WeightSource {
  std::string tensor;
  bool transposed = false;  // stored [cols, rows]
  bool operator==(const WeightSource&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("tensor", &WeightSource::tensor);
    v("transposed", &WeightSource::transposed);
  }
};

enum class WeightPart : uint8_t { kValues, kScales, kMinimums };
std::span<const WeightPart> enum_values(WeightPart);
std::string_view to_string(WeightPart part);

}  // namespace lathe::ops
