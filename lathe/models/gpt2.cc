// SPDX-License-Identifier: Apache-2.0
// GPT-2: LayerNorm, learned positions, one projection for q, k and v, an MLP without a gate.
// (Its weights are stored as [in, out]; lathe/weights says so with the tensor.)
#include <cmath>

#include "lathe/graph/functions.h"
#include "lathe/models/config.h"
#include "lathe/models/decoder.h"
#include "lathe/models/family.h"
#include "lathe/nn/attention.h"
#include "lathe/nn/embedding.h"
#include "lathe/nn/lm_head.h"
#include "lathe/nn/mlp.h"

namespace lathe::models {
namespace {

struct Gpt2Config {
  int64_t vocab, positions, hidden, layers, heads, head_dim, ffn;
  float norm_eps;
  ops::UnaryKind activation;
  bool scaled, scaled_by_layer, tied_head;
};

Gpt2Config read_config(const Config& config) {
  config.refuse("add_cross_attention", "encoder-decoder models are not built by this family");
  Gpt2Config out{.vocab = config.count("vocab_size"),
                 .positions = config.count("n_positions"),
                 .hidden = config.count("n_embd"),
                 .layers = config.count("n_layer", kMaxLayers),
                 .heads = config.count("n_head"),
                 .head_dim = 0,
                 .ffn = 0,
                 .norm_eps = static_cast<float>(config.positive("layer_norm_epsilon")),
                 .activation = activation(config, "activation_function"),
                 .scaled = config.flag("scale_attn_weights", true),
                 .scaled_by_layer = config.flag("scale_attn_by_inverse_layer_idx", false),
                 .tied_head = config.flag("tie_word_embeddings", true)};
  out.ffn = config.find_count("n_inner").value_or(4 * out.hidden);
  out.head_dim = equal_heads(out.hidden, out.heads);
  return out;
}

Value attention(const nn::Scope& scope, const Gpt2Config& config, int64_t layer, Value x) {
  const int64_t hidden = config.hidden;
  const nn::Linear c_attn(scope / "c_attn", {.in = hidden,
                                             .out = 3 * hidden,
                                             .bias = true,
                                             .sharding = {.axis = ops::ShardAxis::kRows,
                                                          .unit = config.head_dim,
                                                          .parts = {hidden, hidden, hidden}}});
  const nn::Linear c_proj(scope / "c_proj",
                          {.in = hidden,
                           .out = hidden,
                           .bias = true,
                           .sharding = {.axis = ops::ShardAxis::kCols, .unit = config.head_dim}});
  ops::AttentionOptions options;
  if (config.scaled) options.scale /= std::sqrt(static_cast<float>(config.head_dim));
  if (config.scaled_by_layer) options.scale /= static_cast<float>(layer + 1);
  const Value cache =
      nn::kv_cache(scope.network(), layer, {.kv_heads = config.heads, .head_dim = config.head_dim});
  std::vector<Value> qkv = graph::split(c_attn(x), {hidden, hidden, hidden}, 1);
  for (Value& part : qkv) part = nn::split_heads(part, config.head_dim);
  return c_proj(nn::merge_heads(graph::cached_attention(qkv[0], qkv[1], qkv[2], cache, options)));
}

Value block(const nn::Scope& scope, const Gpt2Config& config, int64_t layer, Value x) {
  const nn::LayerNorm ln_1(scope / "ln_1", config.hidden, config.norm_eps);
  x = x + named(attention(scope / "attn", config, layer, ln_1(x)), layer, "attention");
  const nn::LayerNorm ln_2(scope / "ln_2", config.hidden, config.norm_eps);
  const nn::Mlp mlp(
      scope / "mlp", {.up = "c_fc", .down = "c_proj"},
      {.hidden = config.hidden, .ffn = config.ffn, .activation = config.activation, .bias = true});
  return named(x + named(mlp(ln_2(x)), layer, "mlp"), layer, "hidden");
}

ModelSize build_gpt2(const Json& json, DType dtype, graph::Network& network) {
  const Gpt2Config config = read_config(Config(json));
  const nn::Scope root(network, dtype);
  const nn::Scope transformer = root / "transformer";
  const nn::Embedding wte(transformer / "wte", config.vocab, config.hidden,
                          {.axis = ops::ShardAxis::kRows});
  const nn::Embedding wpe(transformer / "wpe", config.positions, config.hidden);
  Value x = wte(graph::step_input(network, "token_ids"));
  x = x + wpe(graph::step_input(network, "positions"));
  network.set_name(x, "embedding");
  for (int64_t i = 0; i < config.layers; ++i) x = block(transformer / "h" / i, config, i, x);
  x = nn::LayerNorm(transformer / "ln_f", config.hidden, config.norm_eps)(x);
  network.set_name(x, "final_norm");
  const nn::LmHead head = config.tied_head
                              ? nn::LmHead(wte)
                              : nn::LmHead(root / "lm_head", config.hidden, config.vocab);
  network.mark_output("logits", head(x));
  return {.vocab = config.vocab, .max_seq_len = config.positions};
}

const FamilyRegistration kGpt2({.name = "gpt2",
                                .model_types = {"gpt2"},
                                .architectures = {"GPT2LMHeadModel"},
                                .build = build_gpt2,
                                .base_prefix = "transformer.",
                                .unused_tensors = {".attn.bias", ".attn.masked_bias"}});

}  // namespace
}  // namespace lathe::models
