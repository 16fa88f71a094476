// SPDX-License-Identifier: Apache-2.0
// A network that is no language model: named inputs and outputs, weights from memory. It learnt to
// compute "exclusive or" elsewhere; here it is defined, built and run.
#include <cstdio>

#include "lathe/builder/build.h"
#include "lathe/exec/session.h"
#include "lathe/graph/functions.h"
#include "lathe/nn/linear.h"

using namespace lathe;

void define(graph::Network& network) {
  const nn::Scope root(network, DType::kF32);
  const nn::Linear hidden(root / "hidden", {.in = 2, .out = 2, .bias = true});
  const nn::Linear output(root / "output", {.in = 2, .out = 1});
  const graph::Value x = network.input("x", {DType::kF32, {Dim::symbol("rows"), 2}});
  network.mark_output("y", output(graph::relu(hidden(x))));
}

Tensor tensor(std::vector<int64_t> sizes, std::vector<float> values) {
  return Tensor::from<float>(DType::kF32, std::move(sizes), values);
}

int main() {
  graph::Network network("mlp");
  define(network);

  engine::EngineData data;
  data.manifest.plans.push_back(builder::build(network, {}).plan);
  const auto engine = exec::Engine::from_memory(
      std::move(data), exec::memory_rows({{"hidden.weight", tensor({2, 2}, {1, 1, 1, 1})},
                                          {"hidden.bias", tensor({2}, {0, -1})},
                                          {"output.weight", tensor({1, 2}, {1, -2})}}));

  exec::Session session(engine, {.limits = {{"rows", 16}}});
  const Tensor x = tensor({4, 2}, {0, 0, 0, 1, 1, 0, 1, 1});
  session.run({{"x", x.view()}});
  const TensorView y = session.output("y");
  for (int64_t row = 0; row < y.size(0); ++row) {
    const float* in = x.view().as<float>() + 2 * row;
    std::printf("%g xor %g = %g\n", in[0], in[1], y.as<float>()[row]);
  }
}
