// SPDX-License-Identifier: Apache-2.0
// A model family of a user's own, registered from outside: attention and MLP side by side, as GPT-J
// has them. From its config.json to logits.
#include <algorithm>
#include <cstdio>

#include "lathe/builder/build.h"
#include "lathe/exec/session.h"
#include "lathe/graph/functions.h"
#include "lathe/models/family.h"
#include "lathe/models/rope_config.h"
#include "lathe/nn/attention.h"
#include "lathe/nn/lm_head.h"
#include "lathe/nn/mlp.h"
#include "lathe/toolchain/reference_model.h"

using namespace lathe;

models::ModelSize build_parallel(const Json& json, DType dtype, graph::Network& network) {
  const models::Config config(json);
  const int64_t vocab = config.count("vocab_size"), hidden = config.count("hidden_size");
  const models::HeadShape heads = models::head_shape(config, hidden);
  const models::RopeConfig rope = models::rope_config(config, heads.head_dim);
  const nn::Scope root(network, dtype);
  const nn::Embedding embed(root / "embed", vocab, hidden);
  graph::Value x = embed(graph::step_input(network, "token_ids"));
  for (int64_t i = 0; i < config.count("num_hidden_layers"); ++i) {
    const nn::Scope layer = root / "layers" / i;
    const graph::Value h = nn::RmsNorm(layer / "norm", hidden, 1e-5f)(x);
    const nn::SelfAttention attention(layer / "attention", {.layer = i,
                                                            .hidden = hidden,
                                                            .heads = heads.heads,
                                                            .kv_heads = heads.kv_heads,
                                                            .head_dim = heads.head_dim,
                                                            .rope = rope.rope});
    const nn::GatedMlp mlp(layer / "mlp", {.hidden = hidden, .ffn = 4 * hidden});
    x = x + attention(h) + mlp(h);
  }
  network.mark_output("logits", nn::LmHead(embed)(x));
  return {.vocab = vocab, .max_seq_len = rope.max_seq_len};
}

const models::FamilyRegistration registered({.name = "parallel",
                                             .model_types = {"parallel"},
                                             .architectures = {},
                                             .build = build_parallel});

int main() {
  const Json config = Json::parse(R"({"model_type": "parallel", "vocab_size": 100,
      "hidden_size": 32, "num_attention_heads": 4, "num_hidden_layers": 2,
      "max_position_embeddings": 64})",
                                  "config.json");
  const models::Model model = models::build_model(config, Json::object());
  engine::EngineData data;
  data.manifest.plans.push_back(builder::build(*model.network, {}).plan);
  const auto engine = exec::Engine::from_memory(std::move(data), exec::dummy_rows(7));

  const std::vector<int32_t> prompt = {1, 2, 3};
  exec::Session session(
      engine, {.limits = toolchain::prompt_limits(3, engine->plan().block_size), .num_blocks = 1});
  std::vector<exec::NamedView> views;
  const graph::NamedTensors inputs = toolchain::prompt_inputs(prompt, engine->plan().block_size);
  for (const graph::Value input : model.network->inputs()) {
    views.push_back({input.name(), inputs.at(input.name()).view()});
  }
  session.run(views);
  const std::span<const float> last(session.output("logits").as<float>() + 200, 100);
  std::printf("%s: the likeliest token behind [1, 2, 3] is %d of %d\n", model.facts.family.c_str(),
              static_cast<int>(std::ranges::max_element(last) - last.begin()),
              static_cast<int>(model.facts.vocab));
}
