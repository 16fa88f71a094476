// SPDX-License-Identifier: Apache-2.0
// Rotary embedding, the cache's write and the attention over it, in one go.
#pragma once

#include "lathe/ops/attention.h"
#include "lathe/ops/rope_kv_write.h"

namespace lathe::ops {

// What a fusion makes of rope_kv_write and paged_attention.
struct RopePagedAttention {
  static constexpr OpInfo kInfo{
      .name = "rope_paged_attention",
      .formula = "q, cache' = rope_kv_write(cache, qkv); y = paged_attention(q, cache')",
      .rule =
          "cache: state [kv_heads, head_dim], qkv floating [tokens, (heads + 2 kv_heads) * "
          "head_dim], positions i32 [tokens], cu_q_lengths i32 [sequences + 1], kv_lengths i32 "
          "[sequences], block_tables i32 [sequences, table_width], for dynamic and longrope "
          "scaling lengths i32 [tokens] -> y [tokens, heads, head_dim] of the dtype of qkv, the "
          "type of cache",
      .source = "arXiv 2104.09864, 2309.06180, 2205.14135",
  };
  RopeKvWrite rope;
  AttentionOptions options;
  bool operator==(const RopePagedAttention&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("rope", &RopePagedAttention::rope);
    v("options", &RopePagedAttention::options);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

}  // namespace lathe::ops
