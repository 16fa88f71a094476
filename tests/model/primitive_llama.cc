// SPDX-License-Identifier: Apache-2.0
#include "tests/model/primitive_llama.h"

#include "lathe/graph/functions.h"
#include "lathe/models/config.h"
#include "lathe/models/rope_config.h"
#include "lathe/nn/attention.h"
#include "lathe/nn/embedding.h"
#include "lathe/nn/lm_head.h"

namespace lathe::testing {

namespace {

using graph::Value;

struct Sizes {
  int64_t vocab, hidden, layers, ffn;
  double eps;
  models::HeadShape heads;
};

Sizes sizes_of(const models::Config& config) {
  const int64_t hidden = config.count("hidden_size");
  return {.vocab = config.count("vocab_size"),
          .hidden = hidden,
          .layers = config.count("num_hidden_layers"),
          .ffn = config.count("intermediate_size"),
          .eps = config.positive("rms_norm_eps"),
          .heads = models::head_shape(config, hidden)};
}

class Writer {
 public:
  Writer(const Sizes& sizes, const Spelling& spelling) : sizes_(sizes), spelling_(spelling) {}

  Value add(Value a, Value b) const { return spelling_.commuted ? b + a : a + b; }
  Value multiply(Value a, Value b) const { return spelling_.commuted ? b * a : a * b; }

  Value norm(const nn::Scope& scope, Value x) const {
    const Value weight = scope.parameter("weight", {sizes_.hidden});
    const Value wide = graph::cast(x, DType::kF32);
    const Value variance = mean(square(wide));
    const Value with_eps = spelling_.commuted ? sizes_.eps + variance : variance + sizes_.eps;
    const Value root = graph::sqrt(with_eps);
    if (spelling_.late_quotients) {
      return graph::cast(multiply(wide, graph::cast(weight, DType::kF32) / root), x.dtype());
    }
    return multiply(graph::cast(wide / root, x.dtype()), weight);
  }

  Value mlp(const nn::Scope& scope, Value x) const {
    const nn::Linear gate_proj(scope / "gate_proj", {.in = sizes_.hidden, .out = sizes_.ffn});
    const nn::Linear up_proj(scope / "up_proj", {.in = sizes_.hidden, .out = sizes_.ffn});
    const nn::Linear down_proj(scope / "down_proj", {.in = sizes_.ffn, .out = sizes_.hidden});
    const Value gate = gate_proj(x), up = up_proj(x);
    return down_proj(gated(gate, up));
  }

  Value gated(Value gate, Value up) const {
    if (spelling_.late_quotients) return multiply(gate, up) / add(graph::exp(-gate), one(gate));
    return multiply(multiply(gate, graph::sigmoid(gate)), up);
  }

  Value layer(const nn::Scope& scope, nn::SelfAttentionOptions options, Value x) const {
    options.hidden = sizes_.hidden;
    options.heads = sizes_.heads.heads;
    options.kv_heads = sizes_.heads.kv_heads;
    options.head_dim = sizes_.heads.head_dim;
    const Value normed = norm(scope / "input_layernorm", x);
    x = add(x, nn::SelfAttention(scope / "self_attn", options)(normed));
    return add(x, mlp(scope / "mlp", norm(scope / "post_attention_layernorm", x)));
  }

 private:
  static Value one(Value like) { return graph::constant(like.network(), like.dtype(), {}, {1}); }
  Value square(Value x) const { return spelling_.square_is_product ? x * x : graph::pow(x, 2.0); }
  Value mean(Value x) const {
    if (!spelling_.mean_is_sum) return graph::mean(x, {-1}, /*keep_dims=*/true);
    return graph::sum(x, {-1}, /*keep_dims=*/true) / static_cast<double>(sizes_.hidden);
  }

  Sizes sizes_;
  Spelling spelling_;
};

}  // namespace

const std::vector<Spelling>& spellings() {
  static const std::vector<Spelling> all = {
      {.name = "plain"},
      {.name = "commuted", .commuted = true},
      {.name = "square_is_product", .square_is_product = true},
      {.name = "mean_is_sum", .mean_is_sum = true},
      {.name = "late_quotients", .late_quotients = true},
      {.name = "all",
       .commuted = true,
       .square_is_product = true,
       .mean_is_sum = true,
       .late_quotients = true},
  };
  return all;
}

models::Model primitive_llama(const Json& json, DType dtype, const Spelling& spelling) {
  const models::Config config(json);
  const Sizes sizes = sizes_of(config);
  const models::RopeConfig rope = models::rope_config(config, sizes.heads.head_dim);
  const Writer write(sizes, spelling);
  models::Model model{.network = std::make_unique<graph::Network>(), .facts = {}};
  const nn::Scope root(*model.network, dtype), decoder = root / "model";
  const nn::Embedding embed(decoder / "embed_tokens", sizes.vocab, sizes.hidden,
                            {.axis = ops::ShardAxis::kRows});
  Value x = embed(graph::step_input(*model.network, "token_ids"));
  for (int64_t i = 0; i < sizes.layers; ++i) {
    x = write.layer(decoder / "layers" / i, {.layer = i, .rope = rope.rope}, x);
  }
  x = write.norm(decoder / "norm", x);
  const nn::LmHead head(root / "lm_head", sizes.hidden, sizes.vocab);
  model.network->mark_output("logits", head(x));
  return model;
}

}  // namespace lathe::testing
