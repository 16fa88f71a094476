// SPDX-License-Identifier: Apache-2.0
// Qwen 2 and 2.5: Llama's shape with biases on q, k and v, and windows in some layers.
// arXiv 2407.10671.
#include "lathe/models/decoder.h"
#include "lathe/models/family.h"
#include "lathe/models/layer_window.h"
#include "lathe/models/pre_norm_layer.h"
#include "lathe/models/rope_config.h"

namespace lathe::models {
namespace {

ModelSize build_qwen2(const Json& json, DType dtype, graph::Network& network) {
  const Config config(json);
  const DecoderOptions decoder = decoder_options(config);
  const HeadShape heads = head_shape(config, decoder.hidden);
  const RopeConfig rope = rope_config(config, heads.head_dim);
  PreNormLayer layer = pre_norm_layer(config, heads, rope.rope);
  layer.attention.qkv_bias = true;
  build_decoder(nn::Scope(network, dtype), decoder,
                [&](const nn::Scope& scope, int64_t index, Value x) {
                  layer.attention.window = layer_window(config, index);
                  return layer(scope, index, x);
                });
  return {.vocab = decoder.vocab, .max_seq_len = rope.max_seq_len};
}

const FamilyRegistration kQwen2({.name = "qwen2",
                                 .model_types = {"qwen2"},
                                 .architectures = {"Qwen2ForCausalLM"},
                                 .build = build_qwen2,
                                 .base_prefix = "model.",
                                 .unused_tensors = {".rotary_emb.inv_freq"}});

}  // namespace
}  // namespace lathe::models
