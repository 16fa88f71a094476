// SPDX-License-Identifier: Apache-2.0
#include "step_groups.h"

#include "lathe/exec/cuda/test_session.h"

namespace lathe::app {
namespace {

constexpr kernels::BenchStep kShape = {.tokens = 4};
constexpr kernels::Ceilings kRates = {
    .fma_flops_per_s = 1e9, .code_ops_per_s = 1e9, .read_bytes_per_s = 1e6};

std::vector<StepGroup> groups(exec::TestPlan plan, const std::vector<double>& us = {}) {
  return group_steps(plan.plan(), 0, kShape, {.us = us, .kernels = {}});
}

TEST(StepGroups, StepsAlikeAreOne) {
  const std::vector<StepGroup> found = groups(exec::two_norms(), {3, 9});
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(found[0].num_steps(), 2);
  EXPECT_EQ(found[0].total_us(), 12);
  EXPECT_EQ(found[0].kernel, "rms_norm.cuda.rows");
  const kernels::KernelFigure figure = found[0].figure(kRates);
  EXPECT_EQ(figure.op, "rms_norm");
  EXPECT_EQ(figure.problem, "tokens=4 | rms_norm | bf16[tokens, 8] bf16[8]");
  EXPECT_EQ(figure.us, 9) << "the upper middle";
  EXPECT_EQ(figure.bytes, 2 * (4 * 8 + 8 + 4 * 8));
  EXPECT_DOUBLE_EQ(figure.ceiling_us, figure.bytes);
  EXPECT_EQ(figure.bound, "memory");
}

TEST(StepGroups, AttributesTellStepsApart) {
  exec::TestPlan plan = exec::two_norms();
  plan.plan().steps[1].attributes["eps"] = 0.25;
  EXPECT_EQ(groups(plan, {3, 9}).size(), 2);
}

TEST(StepGroups, TheKernelIsTheOneThatRan) {
  const std::vector<StepGroup> found =
      group_steps(exec::two_norms().plan(), 0, kShape,
                  {.us = {3, 9}, .kernels = {"rms_norm.cuda.rows", "rms_norm.cuda.any"}});
  ASSERT_EQ(found.size(), 2);
  EXPECT_EQ(found[1].kernel, "rms_norm.cuda.any");
}

TEST(StepGroups, WhatARunLeftOutIsLeftOut) {
  const std::vector<StepGroup> found = groups(exec::two_norms(), {0, 9});
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(found[0].us, std::vector<double>{9});
}

TEST(StepGroups, UntimedOnesHaveAFloorAndNoShare) {
  const std::vector<StepGroup> found = groups(exec::two_norms());
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(found[0].num_steps(), 2);
  const kernels::KernelFigure figure = found[0].figure(kRates);
  EXPECT_EQ(figure.us, 0);
  EXPECT_EQ(figure.share, 0);
  EXPECT_GT(figure.ceiling_us, 0);
}

TEST(StepGroups, ProblemsGetThePlansBlocks) {
  exec::TestPlan plan = exec::two_norms();
  plan.plan().block_size = 32;
  EXPECT_EQ(groups(plan)[0].problem.step.block_size, 32);
}

}  // namespace
}  // namespace lathe::app
