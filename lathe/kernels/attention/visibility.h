// SPDX-License-Identifier: Apache-2.0
// What a query sees (ops/attention.h), and the absolute tiles that attention sums in.
#pragma once

#include <algorithm>
#include <cstdint>

#include "lathe/ops/attention.h"

namespace lathe::kernels {

inline constexpr int64_t kKvTile = 64;  // tokens; tile i holds positions [64 i, 64 i + 64)

struct PositionRange {
  int64_t begin = 0;
  int64_t end = 0;
  bool empty() const { return begin >= end; }
};

// One query among the keys of its sequence.
struct Query {
  int64_t position = 0;
  int64_t kv_length = 0;  // keys at positions [0, kv_length)
};

inline bool sees(const ops::AttentionOptions& options, const Query& query, int64_t key) {
  if (key >= query.kv_length || (options.causal && key > query.position)) return false;
  return options.window == 0 || query.position - key < options.window || key < options.sink_tokens;
}

// Positions that the query may see, but for those between the sink tokens and the window.
inline PositionRange visible_keys(const ops::AttentionOptions& options, const Query& query) {
  const int64_t end =
      options.causal ? std::min(query.kv_length, query.position + 1) : query.kv_length;
  if (options.window == 0 || options.sink_tokens > 0) return {0, end};
  return {std::max<int64_t>(0, query.position - options.window + 1), end};
}

}  // namespace lathe::kernels
