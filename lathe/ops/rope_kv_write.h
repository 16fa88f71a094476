// SPDX-License-Identifier: Apache-2.0
// Rotary embedding of queries and keys and the write into the paged cache, in one go.
#pragma once

#include "lathe/ops/rope.h"

namespace lathe::ops {

// What a fusion makes of a q/k/v projection's split, the two ropes and kv_write. The cache's state
// gives kv_heads and head_dim.
struct RopeKvWrite {
  static constexpr OpInfo kInfo{
      .name = "rope_kv_write",
      .formula = "q, k, v = split(qkv); y = rope(q); kv_write(cache, rope(k), v)",
      .rule =
          "cache: state [kv_heads, head_dim], qkv floating [tokens, (heads + 2 kv_heads) * "
          "head_dim], positions i32 [tokens], cu_q_lengths i32 [sequences + 1], block_tables i32 "
          "[sequences, table_width], for dynamic and longrope scaling lengths i32 [tokens] -> y "
          "[tokens, heads, head_dim] of the dtype of qkv, the type of cache",
      .source = "arXiv 2104.09864, 2309.06180",
  };
  Rope rope;
  int64_t heads = 0;
  bool operator==(const RopeKvWrite&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("rope", &RopeKvWrite::rope);
    v("heads", &RopeKvWrite::heads);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

}  // namespace lathe::ops
