// SPDX-License-Identifier: Apache-2.0
// Attention: over whole sequences, and over a paged KV cache.
#pragma once

#include <optional>

#include "lathe/ops/op.h"

namespace lathe::ops {

// What a query may see and how scores are formed. Position p of a query sees key positions j with
// j <= p (causal), p - j < window, or j < sink_tokens; scores are
// soft_cap * tanh(scale * q.k / soft_cap) + alibi_slopes[head] * (j - p).
struct AttentionOptions {
  float scale = 1;  // usually 1 / sqrt(head_dim), times q_scaling
  bool causal = true;
  int64_t window = 0;                    // tokens, the query's own included; 0 = no window
  int64_t sink_tokens = 0;               // first tokens that stay visible behind a window
  float soft_cap = 0;                    // 0 = none
  std::vector<float> alibi_slopes = {};  // one a head; empty = none
  bool operator==(const AttentionOptions&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("scale", &AttentionOptions::scale);
    v("causal", &AttentionOptions::causal);
    v("window", &AttentionOptions::window);
    v("sink_tokens", &AttentionOptions::sink_tokens);
    v("soft_cap", &AttentionOptions::soft_cap);
    v("alibi_slopes", &AttentionOptions::alibi_slopes);
  }
};

// Attention over packed sequences without a cache; heads share kv_heads in groups (GQA, MQA).
struct Attention {
  static constexpr OpInfo kInfo{
      .name = "attention",
      .formula =
          "y = softmax(mask(scores(q, k))) v; f32, keys in absolute 64-token tiles merged in order",
      .rule =
          "q [tokens, heads, head_dim], k and v [tokens, kv_heads, head_dim], cu_lengths: i32 "
          "[sequences + 1] or none for one sequence -> the type of q",
      .source = "arXiv 1706.03762, 2305.13245, 2205.14135",
  };
  AttentionOptions options;
  bool operator==(const Attention&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("options", &Attention::options);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

// Appends keys and values to the paged cache. Gives the cache's next state; storage is shared.
struct KvWrite {
  static constexpr OpInfo kInfo{
      .name = "kv_write",
      .formula = "cache[sequence of t, position of t] = k[t], v[t]",
      .rule =
          "cache: state [kv_heads, head_dim], k and v [tokens, kv_heads, head_dim], positions i32 "
          "[tokens], cu_q_lengths i32 [sequences + 1], block_tables i32 [sequences, table_width] "
          "-> the type of cache",
      .source = "arXiv 2309.06180",
  };
  bool operator==(const KvWrite&) const = default;
  template <class V>
  static void fields(V&&) {}
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

// Attention of the step's queries over the paged cache, context and generation phase together.
struct PagedAttention {
  static constexpr OpInfo kInfo{
      .name = "paged_attention",
      .formula = "as attention; query i of a sequence stands at kv_length - q_length + i",
      .rule =
          "q [tokens, heads, head_dim], cache: state [kv_heads, head_dim], cu_q_lengths i32 "
          "[sequences + 1], kv_lengths i32 [sequences], block_tables i32 [sequences, table_width] "
          "-> the type of q",
      .source = "arXiv 2309.06180, 2205.14135",
  };
  AttentionOptions options;
  bool operator==(const PagedAttention&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("options", &PagedAttention::options);
  }
  std::vector<TensorType> infer(std::span<const TensorType> inputs) const;
};

}  // namespace lathe::ops
