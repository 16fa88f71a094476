// SPDX-License-Identifier: Apache-2.0
// Causal self-attention over a paged KV cache, as most decoders have it, and the pieces for those
// that have it otherwise.
#pragma once

#include <optional>

#include "lathe/nn/linear.h"
#include "lathe/nn/norm.h"
#include "lathe/nn/rotary_embedding.h"
#include "lathe/ops/attention.h"

namespace lathe::nn {

Value split_heads(Value x, int64_t head_dim);  // [tokens, heads * head_dim] -> 3 axes
Value merge_heads(Value x);                    // [tokens, heads, head_dim] -> 2 axes

// The KV cache of layer `layer`, the network's state "layers.N.kv".
Value kv_cache(graph::Network& network, int64_t layer, ops::StateSpec spec);

struct SelfAttentionOptions {
  int64_t layer = 0;  // whose KV cache it is
  int64_t hidden = 0;
  int64_t heads = 0;
  int64_t kv_heads = 0;  // a divisor of heads
  int64_t head_dim = 0;
  bool qkv_bias = false;
  bool output_bias = false;
  int64_t window = 0;  // tokens that a query sees, its own included; 0 = all
  ops::Rope rope = {};
  std::optional<float> head_norm_eps = std::nullopt;  // RMSNorm of each query and key head
};

// Parameters of q_proj, k_proj, v_proj, o_proj and, where asked for, q_norm, k_norm.
class SelfAttention {
 public:
  SelfAttention(const Scope& scope, const SelfAttentionOptions& options);

  Value operator()(Value x) const;  // [tokens, hidden] -> [tokens, hidden]

 private:
  Value rotated(Value x, const std::optional<RmsNorm>& norm) const;

  Linear q_proj_, k_proj_, v_proj_, o_proj_;
  std::optional<RmsNorm> q_norm_, k_norm_;
  RotaryEmbedding rope_;
  ops::AttentionOptions attention_;
  Value cache_;
  int64_t head_dim_;
};

}  // namespace lathe::nn
