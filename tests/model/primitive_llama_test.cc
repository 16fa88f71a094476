// SPDX-License-Identifier: Apache-2.0
// Llama written with primitives computes the same and compiles to the same kernels.
#include "tests/model/primitive_llama.h"

#include <gtest/gtest.h>

#include "lathe/builder/build.h"
#include "tests/model/golden.h"
#include "tests/model/reference_model.h"

namespace lathe::testing {
namespace {

class PrimitiveLlama : public ::testing::TestWithParam<Spelling> {};

TEST_P(PrimitiveLlama, ComputesTheGoldenLogits) {
  const auto checkpoint = weights::open_checkpoint(checkpoint_folder("llama_gqa"));
  const Golden golden = read_golden("llama_gqa");
  ReferenceModel reference(checkpoint,
                           primitive_llama(checkpoint->config(), DType::kF32, GetParam()));
  EXPECT_LE(relative_error(reference.logits(golden.prompts[0]), golden.logits[0]), kF32Tolerance);
}

// Op, attributes and kernels of every step, in order.
std::vector<std::string> steps_of(const graph::Network& network) {
  std::vector<std::string> steps;
  for (const engine::PlanStep& step : builder::build(network, {}).plan.steps) {
    std::string line = cat(step.op, " ", step.attributes.dump());
    for (const engine::ChoiceTable& table : step.kernels) {
      for (const engine::KernelChoice& choice : table.choices) line += cat(" ", choice.kernel);
    }
    steps.push_back(std::move(line));
  }
  return steps;
}

TEST_P(PrimitiveLlama, CompilesToTheSameKernels) {
  const auto checkpoint = weights::open_checkpoint(checkpoint_folder("llama_gqa"));
  const Json& config = checkpoint->config();
  for (const DType dtype : {DType::kF32, DType::kBf16}) {
    const models::Model high = models::build_model(config, Json::object(), {.dtype = dtype});
    const models::Model low = primitive_llama(config, dtype, GetParam());
    EXPECT_GT(low.network->nodes().size(), high.network->nodes().size());
    EXPECT_EQ(steps_of(*low.network), steps_of(*high.network)) << to_string(dtype);
  }
}

INSTANTIATE_TEST_SUITE_P(Spellings, PrimitiveLlama, ::testing::ValuesIn(spellings()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace lathe::testing
