// SPDX-License-Identifier: Apache-2.0
#include "lathe/nn/attention.h"

#include <cmath>

#include "lathe/graph/functions.h"

namespace lathe::nn {

namespace {

LinearOptions projection_in(const SelfAttentionOptions& options, int64_t heads) {
  return {.in = options.hidden,
          .out = heads * options.head_dim,
          .bias = options.qkv_bias,
          .sharding = {.axis = ops::ShardAxis::kRows, .unit = options.head_dim}};
}

LinearOptions projection_out(const SelfAttentionOptions& options) {
  return {.in = options.heads * options.head_dim,
          .out = options.hidden,
          .bias = options.output_bias,
          .sharding = {.axis = ops::ShardAxis::kCols, .unit = options.head_dim}};
}

std::optional<RmsNorm> head_norm(const Scope& scope, const SelfAttentionOptions& options) {
  if (!options.head_norm_eps) return std::nullopt;
  return RmsNorm(scope, options.head_dim, *options.head_norm_eps);
}

}  // namespace

Value split_heads(Value x, int64_t head_dim) {
  return graph::reshape(x, {x.dim(0), x.dim(1) / head_dim, head_dim});
}

Value merge_heads(Value x) { return graph::reshape(x, {x.dim(0), x.dim(1) * x.dim(2)}); }

Value kv_cache(graph::Network& network, int64_t layer, ops::StateSpec spec) {
  return network.state(cat("layers.", layer, ".kv"), spec);
}

SelfAttention::SelfAttention(const Scope& scope, const SelfAttentionOptions& options)
    : q_proj_(scope / "q_proj", projection_in(options, options.heads)),
      k_proj_(scope / "k_proj", projection_in(options, options.kv_heads)),
      v_proj_(scope / "v_proj", projection_in(options, options.kv_heads)),
      o_proj_(scope / "o_proj", projection_out(options)),
      q_norm_(head_norm(scope / "q_norm", options)),
      k_norm_(head_norm(scope / "k_norm", options)),
      rope_(options.rope),
      attention_{.scale = static_cast<float>(1 / std::sqrt(static_cast<double>(options.head_dim))),
                 .window = options.window},
      cache_(kv_cache(
          scope.network(), options.layer,
          {.kv_heads = options.kv_heads, .head_dim = options.head_dim, .window = options.window})),
      head_dim_(options.head_dim) {}

Value SelfAttention::rotated(Value x, const std::optional<RmsNorm>& norm) const {
  const Value heads = split_heads(x, head_dim_);
  return rope_(norm ? (*norm)(heads) : heads);
}

Value SelfAttention::operator()(Value x) const {
  const Value q = rotated(q_proj_(x), q_norm_);
  const Value k = rotated(k_proj_(x), k_norm_);
  const Value v = split_heads(v_proj_(x), head_dim_);
  return o_proj_(merge_heads(graph::cached_attention(q, k, v, cache_, attention_)));
}

}  // namespace lathe::nn
