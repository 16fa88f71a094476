// SPDX-License-Identifier: Apache-2.0
// Qwen 3: Llama's shape with an RMSNorm of each query and key head, and windows in some layers.
// arXiv 2505.09388.
#include "lathe/models/decoder.h"
#include "lathe/models/family.h"
#include "lathe/models/layer_window.h"
#include "lathe/models/pre_norm_layer.h"
#include "lathe/models/rope_config.h"

namespace lathe::models {
namespace {

ModelSize build_qwen3(const Json& json, DType dtype, graph::Network& network) {
  const Config config(json);
  const DecoderOptions decoder = decoder_options(config);
  const HeadShape heads = head_shape(config, decoder.hidden);
  const RopeConfig rope = rope_config(config, heads.head_dim);
  PreNormLayer layer = pre_norm_layer(config, heads, rope.rope);
  layer.attention.head_norm_eps = decoder.norm_eps;
  layer.attention.qkv_bias = config.flag("attention_bias", false);
  layer.attention.output_bias = layer.attention.qkv_bias;
  build_decoder(nn::Scope(network, dtype), decoder,
                [&](const nn::Scope& scope, int64_t index, Value x) {
                  layer.attention.window = layer_window(config, index);
                  return layer(scope, index, x);
                });
  return {.vocab = decoder.vocab, .max_seq_len = rope.max_seq_len};
}

const FamilyRegistration kQwen3({.name = "qwen3",
                                 .model_types = {"qwen3"},
                                 .architectures = {"Qwen3ForCausalLM"},
                                 .build = build_qwen3,
                                 .base_prefix = "model."});

}  // namespace
}  // namespace lathe::models
