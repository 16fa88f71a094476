// SPDX-License-Identifier: Apache-2.0
#include "lathe/models/decoder.h"

#include "lathe/graph/functions.h"
#include "lathe/nn/embedding.h"
#include "lathe/nn/lm_head.h"
#include "lathe/nn/norm.h"

namespace lathe::models {

DecoderOptions decoder_options(const Config& config) {
  return {.vocab = config.count("vocab_size"),
          .hidden = config.count("hidden_size"),
          .layers = config.count("num_hidden_layers", kMaxLayers),
          .norm_eps = static_cast<float>(config.positive("rms_norm_eps")),
          .tied_head = config.flag("tie_word_embeddings", false)};
}

Value named(Value value, int64_t layer, std::string_view what) {
  value.network().set_name(value, cat("layers.", layer, ".", what));
  return value;
}

void build_decoder(const nn::Scope& root, const DecoderOptions& options,
                   const DecoderLayer& layer) {
  graph::Network& network = root.network();
  const nn::Scope model = root / "model";
  const nn::Embedding embed_tokens(model / "embed_tokens", options.vocab, options.hidden,
                                   {.axis = ops::ShardAxis::kRows});
  Value x = embed_tokens(graph::step_input(network, "token_ids"));
  network.set_name(x, "embedding");
  for (int64_t i = 0; i < options.layers; ++i) {
    x = named(layer(model / "layers" / i, i, x), i, "hidden");
  }
  const nn::RmsNorm norm(model / "norm", options.hidden, options.norm_eps);
  x = norm(x);
  network.set_name(x, "final_norm");
  const nn::LmHead head = options.tied_head
                              ? nn::LmHead(embed_tokens)
                              : nn::LmHead(root / "lm_head", options.hidden, options.vocab);
  network.mark_output("logits", head(x));
}

}  // namespace lathe::models
