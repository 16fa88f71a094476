// SPDX-License-Identifier: Apache-2.0
// GLM-4 as transformers has it: `glm` (GLM-4-9B) and `glm4` (GLM-4-0414), which has norms behind
// the blocks too. Half of each head is rotated, neighbours in pairs; gate and up are one
// projection. arXiv 2406.12793.
#include "lathe/graph/functions.h"
#include "lathe/models/decoder.h"
#include "lathe/models/family.h"
#include "lathe/models/rope_config.h"
#include "lathe/nn/attention.h"
#include "lathe/nn/mlp.h"

namespace lathe::models {
namespace {

enum class Norms { kBefore, kAround };  // glm, glm4

struct GlmLayer {
  float norm_eps;
  Norms norms;
  nn::SelfAttentionOptions attention;
  nn::MlpOptions mlp;

  Value normed(const nn::Scope& scope, Value x) const {
    return nn::RmsNorm(scope, attention.hidden, norm_eps)(x);
  }
  Value operator()(const nn::Scope& scope, int64_t layer, Value x) const {
    nn::SelfAttentionOptions here = attention;
    here.layer = layer;
    Value block =
        nn::SelfAttention(scope / "self_attn", here)(normed(scope / "input_layernorm", x));
    if (norms == Norms::kAround) block = normed(scope / "post_self_attn_layernorm", block);
    x = x + named(block, layer, "attention");
    block = nn::FusedGatedMlp(scope / "mlp", mlp)(normed(scope / "post_attention_layernorm", x));
    if (norms == Norms::kAround) block = normed(scope / "post_mlp_layernorm", block);
    return x + named(block, layer, "mlp");
  }
};

GlmLayer layer_of(const Config& config, const DecoderOptions& decoder, const ops::Rope& rope) {
  const HeadShape heads = head_shape(config, decoder.hidden);
  return {.norm_eps = decoder.norm_eps,
          .norms = config.text("model_type", "") == "glm4" ? Norms::kAround : Norms::kBefore,
          .attention = {.hidden = decoder.hidden,
                        .heads = heads.heads,
                        .kv_heads = heads.kv_heads,
                        .head_dim = heads.head_dim,
                        .qkv_bias = config.flag("attention_bias", false),
                        .rope = rope},
          .mlp = {.hidden = decoder.hidden,
                  .ffn = config.count("intermediate_size"),
                  .activation = activation(config, "hidden_act")}};
}

ModelSize build_glm(const Json& json, DType dtype, graph::Network& network) {
  const Config config(json);
  const DecoderOptions decoder = decoder_options(config);
  const RopeConfig rope =
      rope_config(config, head_shape(config, decoder.hidden).head_dim,
                  {.rotary_factor = 0.5, .style = ops::RopeStyle::kInterleaved});
  build_decoder(nn::Scope(network, dtype), decoder, layer_of(config, decoder, rope.rope));
  return {.vocab = decoder.vocab, .max_seq_len = rope.max_seq_len};
}

const FamilyRegistration kGlm({.name = "glm",
                               .model_types = {"glm", "glm4"},
                               .architectures = {"GlmForCausalLM", "Glm4ForCausalLM"},
                               .build = build_glm,
                               .base_prefix = "model.",
                               .unused_tensors = {".rotary_emb.inv_freq"}});

}  // namespace
}  // namespace lathe::models
