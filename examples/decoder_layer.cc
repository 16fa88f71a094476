// SPDX-License-Identifier: Apache-2.0
// One decoder layer over a paged KV cache: two sequences in one step, then one token more of each.
// Weights are drawn by a seed.
#include <cstdio>

#include "lathe/base/random.h"
#include "lathe/builder/build.h"
#include "lathe/exec/session.h"
#include "lathe/graph/functions.h"
#include "lathe/nn/attention.h"
#include "lathe/nn/mlp.h"

using namespace lathe;

void define(graph::Network& network) {
  const nn::Scope root(network, DType::kF32);
  const nn::RmsNorm input_norm(root / "input_norm", 64, 1e-5f),
      post_norm(root / "post_norm", 64, 1e-5f);
  nn::SelfAttentionOptions options{.hidden = 64, .heads = 4, .kv_heads = 2, .head_dim = 16};
  options.rope = {.rotary_dims = 16, .theta = 10000};
  const nn::SelfAttention attention(root / "attention", options);
  const nn::GatedMlp mlp(root / "mlp", {.hidden = 64, .ffn = 128});
  graph::Value x = network.input("x", {DType::kF32, {Dim::symbol("tokens"), 64}});
  x = x + attention(input_norm(x));
  network.mark_output("y", x + mlp(post_norm(x)));
}

Tensor ints(std::vector<int64_t> sizes, std::vector<int32_t> values) {
  return Tensor::from<int32_t>(DType::kI32, std::move(sizes), values);
}

int main() {
  graph::Network network("decoder_layer");
  define(network);
  engine::EngineData data;
  data.manifest.plans.push_back(builder::build(network, {}).plan);
  const auto engine = exec::Engine::from_memory(std::move(data), exec::dummy_rows(7));
  exec::Session session(
      engine, {.limits = {{"tokens", 16}, {"sequences", 2}, {"table_width", 1}}, .num_blocks = 2});

  const auto step = [&](std::vector<int32_t> positions, std::vector<int32_t> cu,
                        std::vector<int32_t> kv) {
    const auto tokens = static_cast<int64_t>(positions.size());
    Tensor x(DType::kF32, {tokens, 64});
    for (int64_t i = 0; i < tokens * 64; ++i) x.values<float>()[i] = normal_at(1, 0, i);
    session.run({{"x", x.view()},
                 {"positions", ints({tokens}, std::move(positions)).view()},
                 {"cu_q_lengths", ints({3}, std::move(cu)).view()},
                 {"kv_lengths", ints({2}, std::move(kv)).view()},
                 {"block_tables", ints({2, 1}, {1, 0}).view()}});
    std::printf("%lld tokens: y[0][0] = %.4f\n", static_cast<long long>(tokens),
                session.output("y").as<float>()[0]);
  };
  step({0, 1, 2, 0, 1}, {0, 3, 5}, {3, 2});
  step({3, 2}, {0, 1, 2}, {4, 3});
}
