// SPDX-License-Identifier: Apache-2.0
#include "lathe/models/pre_norm_layer.h"

#include "lathe/graph/functions.h"

namespace lathe::models {

PreNormLayer pre_norm_layer(const Config& config, const HeadShape& heads, const ops::Rope& rope) {
  const int64_t hidden = config.count("hidden_size");
  return {.norm_eps = static_cast<float>(config.positive("rms_norm_eps")),
          .attention = {.hidden = hidden,
                        .heads = heads.heads,
                        .kv_heads = heads.kv_heads,
                        .head_dim = heads.head_dim,
                        .rope = rope},
          .mlp = {.hidden = hidden,
                  .ffn = config.count("intermediate_size"),
                  .activation = activation(config, "hidden_act")}};
}

Value PreNormLayer::operator()(const nn::Scope& scope, int64_t layer, Value x) const {
  nn::SelfAttentionOptions here = attention;
  here.layer = layer;
  const nn::RmsNorm input_norm(scope / "input_layernorm", here.hidden, norm_eps);
  const nn::SelfAttention self_attn(scope / "self_attn", here);
  const nn::RmsNorm post_norm(scope / "post_attention_layernorm", here.hidden, norm_eps);
  const nn::GatedMlp gated_mlp(scope / "mlp", mlp);
  x = x + named(self_attn(input_norm(x)), layer, "attention");
  return x + named(gated_mlp(post_norm(x)), layer, "mlp");
}

}  // namespace lathe::models
