// SPDX-License-Identifier: Apache-2.0
// The decoder layer of Llama, Mistral, Qwen and many others:
//   x += self_attn(input_layernorm(x));  x += mlp(post_attention_layernorm(x))
#pragma once

#include "lathe/models/config.h"
#include "lathe/models/decoder.h"
#include "lathe/nn/attention.h"
#include "lathe/nn/mlp.h"

namespace lathe::models {

// A DecoderLayer.
struct PreNormLayer {
  float norm_eps = 0;
  nn::SelfAttentionOptions attention;
  nn::MlpOptions mlp;
  Value operator()(const nn::Scope& scope, int64_t layer, Value x) const;
};
// Sizes and activation by Llama's names in the config; no biases, no window.
PreNormLayer pre_norm_layer(const Config& config, const HeadShape& heads, const ops::Rope& rope);

}  // namespace lathe::models
