// SPDX-License-Identifier: Apache-2.0
// Mistral: Llama's shape with a sliding window. arXiv 2310.06825.
#include "lathe/models/decoder.h"
#include "lathe/models/family.h"
#include "lathe/models/pre_norm_layer.h"
#include "lathe/models/rope_config.h"

namespace lathe::models {
namespace {

ModelSize build_mistral(const Json& json, DType dtype, graph::Network& network) {
  const Config config(json);
  const DecoderOptions decoder = decoder_options(config);
  const HeadShape heads = head_shape(config, decoder.hidden);
  const RopeConfig rope = rope_config(config, heads.head_dim);
  PreNormLayer layer = pre_norm_layer(config, heads, rope.rope);
  layer.attention.window = config.find_count("sliding_window").value_or(0);
  build_decoder(nn::Scope(network, dtype), decoder, layer);
  return {.vocab = decoder.vocab, .max_seq_len = rope.max_seq_len};
}

const FamilyRegistration kMistral({.name = "mistral",
                                   .model_types = {"mistral"},
                                   .architectures = {"MistralForCausalLM"},
                                   .build = build_mistral,
                                   .base_prefix = "model.",
                                   .unused_tensors = {".rotary_emb.inv_freq"}});

}  // namespace
}  // namespace lathe::models
