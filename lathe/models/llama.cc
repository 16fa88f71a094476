// SPDX-License-Identifier: Apache-2.0
// Llama 1, 2 and 3.x, and what was trained in its shape (SmolLM2, TinyLlama, Yi, …).
// arXiv 2302.13971, 2307.09288, 2407.21783.
#include "lathe/models/decoder.h"
#include "lathe/models/family.h"
#include "lathe/models/pre_norm_layer.h"
#include "lathe/models/rope_config.h"

namespace lathe::models {
namespace {

ModelSize build_llama(const Json& json, DType dtype, graph::Network& network) {
  const Config config(json);
  const DecoderOptions decoder = decoder_options(config);
  const HeadShape heads = head_shape(config, decoder.hidden);
  const RopeConfig rope = rope_config(config, heads.head_dim);
  PreNormLayer layer = pre_norm_layer(config, heads, rope.rope);
  layer.attention.qkv_bias = config.flag("attention_bias", false);
  layer.attention.output_bias = layer.attention.qkv_bias;
  layer.mlp.bias = config.flag("mlp_bias", false);
  build_decoder(nn::Scope(network, dtype), decoder, layer);
  return {.vocab = decoder.vocab, .max_seq_len = rope.max_seq_len};
}

const FamilyRegistration kLlama({.name = "llama",
                                 .model_types = {"llama"},
                                 .architectures = {"LlamaForCausalLM"},
                                 .build = build_llama,
                                 .base_prefix = "model.",
                                 .unused_tensors = {".rotary_emb.inv_freq", "rope_freqs.weight"}});

}  // namespace
}  // namespace lathe::models
