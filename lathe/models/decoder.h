// SPDX-License-Identifier: Apache-2.0
// What decoders of Llama's descent share: embed_tokens, a stack of layers, a final RMSNorm, the
// head. What a layer is, the family says (pre_norm_layer.h has the usual one).
#pragma once

#include <functional>

#include "lathe/models/config.h"
#include "lathe/nn/scope.h"

namespace lathe::models {

using graph::Value;

struct DecoderOptions {
  int64_t vocab = 0;
  int64_t hidden = 0;
  int64_t layers = 0;
  float norm_eps = 0;
  bool tied_head = false;  // the head shares the weight of embed_tokens
};
// By Llama's names: vocab_size, hidden_size, num_hidden_layers, rms_norm_eps, tie_word_embeddings.
DecoderOptions decoder_options(const Config& config);

// Adds layer `layer` behind x [tokens, hidden]; its parameters live in `scope`.
using DecoderLayer = std::function<Value(const nn::Scope& scope, int64_t layer, Value x)>;

// The network of the whole model: parameters "model.…" and "lm_head.weight", output "logits".
void build_decoder(const nn::Scope& root, const DecoderOptions& options, const DecoderLayer& layer);

// Calls the value "layers.N.what", for taps and `diff`, and gives it back.
Value named(Value value, int64_t layer, std::string_view what);

}  // namespace lathe::models
