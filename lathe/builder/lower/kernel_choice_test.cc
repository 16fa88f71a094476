// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/lower/kernel_choice.h"

#include <gtest/gtest.h>

#include <set>

#include "lathe/base/error.h"
#include "lathe/builder/lower/lower.h"
#include "lathe/builder/target_support.h"
#include "lathe/engine/refusals.h"
#include "lathe/graph/functions.h"
#include "lathe/ops/linear.h"

namespace lathe::builder {
namespace {

// One linear, for a machine with AVX-512.
engine::Plan linear_plan() {
  graph::Network network;
  const graph::Value x = network.input("x", {DType::kF32, {Dim::symbol("tokens"), 64}});
  const graph::Value w = network.parameter("w", {DType::kF32, {128, 64}});
  network.mark_output("y", linear(x, w));
  engine::Plan plan = lower(network);
  plan.targets = {{.device = DeviceKind::kCpu, .isa = kernels::CpuIsa::kAvx512}};
  return plan;
}

std::vector<engine::KernelChoice> choices(const Estimator& estimate) {
  engine::Plan plan = linear_plan();
  choose_kernels(plan, {.token_ranges = {1, 16}, .estimate = estimate});
  return plan.steps[0].kernels[0].choices;
}

TEST(KernelChoice, TheCostModelTakesAFastKernel) {
  const auto chosen = choices(cost_model());
  ASSERT_EQ(chosen.size(), 1u);
  EXPECT_EQ(chosen[0].up_to_tokens, 0);
  EXPECT_FALSE(is_fallback(chosen[0].kernel)) << chosen[0].kernel;
}

double seconds_of(std::string_view kernel, const kernels::Problem& problem, int64_t tokens,
                  size_t rank = 0) {
  return cost_model()({.kernel = *kernels::find_kernel(kernel),
                       .problem = problem,
                       .target = {},
                       .tokens = tokens,
                       .rank = rank});
}

// A generation step reads the weight, whatever computes; a long context computes.
TEST(KernelChoice, TheCostModelKnowsBytesAndProducts) {
  const kernels::Problem problem{
      ops::Linear{},
      {TensorType::parse("f32[tokens, 1024]"), TensorType::parse("f32[4096, 1024]")},
      {TensorType::parse("f32[tokens, 4096]")}};
  const double narrow = seconds_of("linear.cpu.avx2.f32", problem, 1);
  EXPECT_EQ(narrow, seconds_of("linear.cpu.avx512.f32", problem, 1));
  EXPECT_GT(narrow, 4096 * 1024 * 4 / 20e9);
  EXPECT_GT(seconds_of("linear.cpu.avx2.f32", problem, 512),
            1.9 * seconds_of("linear.cpu.avx512.f32", problem, 512));
  EXPECT_GT(seconds_of("linear.cpu.ref", problem, 1), 4 * narrow);
  EXPECT_LT(narrow, seconds_of("linear.cpu.avx512.f32", problem, 1, 1));  // else the list decides
}

TEST(KernelChoice, TheCheapestWins) {
  const auto chosen = choices([](const Candidate& candidate) {
    return candidate.kernel.name == "linear.cpu.ref" ? 0.5 : 1.0;
  });
  ASSERT_EQ(chosen.size(), 1u);
  EXPECT_EQ(chosen[0].kernel, "linear.cpu.ref");
}

TEST(KernelChoice, AWeightIsPackedInOneLayoutWhateverTheTokens) {
  // Few tokens would like the last kernel of the list best, many the first.
  const auto chosen = choices([](const Candidate& candidate) {
    const auto rank = static_cast<double>(candidate.rank);
    return candidate.tokens == 1 ? 10 - rank : 1 + rank;
  });
  std::set<std::vector<int>> operands;
  for (const engine::KernelChoice& choice : chosen) operands.insert(choice.inputs);
  EXPECT_EQ(operands.size(), 1u);
}

TEST(KernelChoice, EveryKernelIsChosenOrHasAReason) {
  engine::Plan plan = linear_plan();
  choose_kernels(plan, {.token_ranges = {1, 16}, .estimate = cost_model()});
  const engine::ChoiceTable& table = plan.steps[0].kernels[0];
  const auto refused = engine::refusals_of(plan, table);
  EXPECT_EQ(table.choices.size() + refused.size(), kernels::kernels_for("linear").size());
  for (const engine::Refusal& refusal : refused) EXPECT_FALSE(refusal.why.empty());
}

// One bf16 linear for an H100.
engine::Plan gpu_plan() {
  graph::Network network;
  const graph::Value x = network.input("x", {DType::kBf16, {Dim::symbol("tokens"), 64}});
  const graph::Value w = network.parameter("w", {DType::kBf16, {128, 64}});
  network.mark_output("y", linear(x, w));
  engine::Plan plan = lower(network);
  plan.targets = {{.device = DeviceKind::kCuda, .sm = 90}};
  return plan;
}

using Ranges = std::vector<std::pair<int64_t, std::string>>;

engine::ChoiceTable gpu_table(const ChoiceOptions& options) {
  engine::Plan plan = gpu_plan();
  choose_kernels(plan, options);
  for (const engine::KernelChoice& choice : plan.steps[0].kernels[0].choices) {
    EXPECT_EQ(choice.inputs, plan.steps[0].kernels[0].choices[0].inputs);
  }
  return plan.steps[0].kernels[0];
}
Ranges ranges_of(const engine::ChoiceTable& table) {
  Ranges out;
  for (const engine::KernelChoice& choice : table.choices) {
    out.emplace_back(choice.up_to_tokens, choice.kernel);
  }
  return out;
}

TEST(KernelChoice, AGpusStrategiesServeTheTokensThatTheyTake) {
  const engine::ChoiceTable table = gpu_table({});
  EXPECT_EQ(ranges_of(table), (Ranges{{8, "linear.cuda.sm90.few"},
                                      {16, "linear.cuda.sm90.pair"},
                                      {64, "linear.cuda.sm90.split"},
                                      {128, "linear.cuda.sm90.tile128"},
                                      {0, "linear.cuda.sm90.tile256"}}));
  ASSERT_TRUE(table.fixed_bits);
  EXPECT_EQ(table.fixed_bits->kernel, "linear.cuda.sm90.tile128");
  EXPECT_EQ(table.fixed_bits->up_to_tokens, 0);
}

// Neighbours that agree are one range, also beyond the ends that were asked for.
TEST(KernelChoice, AGpusRangesEndWhereAnotherKernelIsFaster) {
  const auto estimate = [](const Candidate& candidate) {
    const bool split = candidate.kernel.name == "linear.cuda.sm90.split";
    const bool tile = candidate.kernel.name == "linear.cuda.sm90.tile128";
    if (candidate.tokens <= 2) return split ? 1.0 : 2.0;
    return tile ? 1.0 : 2.0;
  };
  const engine::ChoiceTable table =
      gpu_table({.token_ranges = {1, 2, 4, 16, 1024}, .estimate = estimate});
  EXPECT_EQ(ranges_of(table),
            (Ranges{{2, "linear.cuda.sm90.split"}, {0, "linear.cuda.sm90.tile128"}}));
}

TEST(KernelChoice, OneKernelThatKeepsBitsNeedsNoOther) {
  const auto estimate = [](const Candidate& candidate) {
    return candidate.kernel.name == "linear.cuda.sm90.tile128" ? 1.0 : 2.0;
  };
  const engine::ChoiceTable table = gpu_table({.token_ranges = {}, .estimate = estimate});
  EXPECT_EQ(ranges_of(table), (Ranges{{0, "linear.cuda.sm90.tile128"}}));
  EXPECT_FALSE(table.fixed_bits);
}

TEST(KernelChoice, AnOpWithoutAKernelForTheTargetIsRefusedWithEveryReason) {
  engine::Plan plan = linear_plan();
  plan.steps[0].op = "softmax";
  plan.steps[0].attributes = Json::parse(R"({"axis":-1})", "test");
  plan.steps[0].inputs = {0};
  plan.targets = {{.device = DeviceKind::kCuda, .sm = 90}};
  try {
    choose_kernels(plan, {.token_ranges = {}, .estimate = cost_model()});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_NE(error.message().find("softmax.cpu.ref: "), std::string::npos) << error.message();
  }
}

}  // namespace
}  // namespace lathe::builder
