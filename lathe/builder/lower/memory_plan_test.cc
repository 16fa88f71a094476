// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/lower/memory_plan.h"

#include <gtest/gtest.h>

#include "lathe/engine/usage.h"

namespace lathe::builder {
namespace {

using engine::PlanValue;
using engine::Storage;

// Steps that each turn the value before them into the next one: value i + 1 is made by step i.
engine::Plan chain(const std::vector<Dim>& widths) {
  engine::Plan plan;
  plan.values.push_back({.name = "x", .type = {DType::kF32, {1}}, .storage = Storage::kInput});
  for (size_t i = 0; i < widths.size(); ++i) {
    plan.values.push_back({.name = {}, .type = {DType::kF32, {widths[i]}}});
    engine::PlanStep& step = plan.steps.emplace_back();
    step.inputs = {static_cast<int>(i)};
    step.outputs = {static_cast<int>(i) + 1};
    step.kernels.resize(1);
  }
  plan.outputs = {{"y", static_cast<int>(widths.size())}};
  return plan;
}

const Dim kTokens = Dim::symbol("tokens");

TEST(MemoryPlan, AChainNeedsTheTwoNeighboursThatLiveTogether) {
  engine::Plan plan = chain({kTokens * 16, kTokens * 16, kTokens * 16, kTokens * 16});
  place_arena(plan);
  EXPECT_EQ(plan.arena_bytes, kTokens * 128);
  EXPECT_EQ(plan.values[1].offset, plan.values[3].offset);
  EXPECT_NE(plan.values[1].offset, plan.values[2].offset);
}

TEST(MemoryPlan, FormsInDifferentSymbolsKeepApartForAllLimits) {
  const Dim rows = Dim::symbol("logit_rows");
  engine::Plan plan = chain({kTokens * 16, rows * 4096, kTokens * 16, rows * 64});
  place_arena(plan);
  for (const int64_t tokens : {1, 8192}) {
    for (const int64_t logit_rows : {1, 8192}) {
      const DimBindings limits = {{"tokens", tokens}, {"logit_rows", logit_rows}};
      for (size_t i = 1; i + 1 < plan.values.size(); ++i) {  // neighbours live together
        const int64_t a = plan.values[i].offset.evaluate(limits);
        const int64_t b = plan.values[i + 1].offset.evaluate(limits);
        const int64_t a_end = a + engine::aligned_bytes(plan.values[i].type, 64).evaluate(limits);
        const int64_t b_end =
            b + engine::aligned_bytes(plan.values[i + 1].type, 64).evaluate(limits);
        EXPECT_TRUE(a_end <= b || b_end <= a);
        EXPECT_LE(std::max(a_end, b_end), plan.arena_bytes.evaluate(limits));
      }
    }
  }
}

TEST(MemoryPlan, WorkspaceStandsAtTheEnd) {
  engine::Plan plan = chain({kTokens * 16});
  plan.steps[0].kernels[0].choices.push_back(
      {.kernel = "k", .inputs = {}, .workspace_bytes = Dim::symbol("threads") * 100});
  place_arena(plan);
  EXPECT_EQ(plan.arena_bytes.evaluate({{"tokens", 1}, {"threads", 2}}), 64 + 2 * 128);
}

TEST(MemoryPlan, AnAliasKeepsItsBaseAlive) {
  engine::Plan plan = chain({kTokens * 16, kTokens * 16, kTokens * 16});
  plan.values.push_back({.name = "alias",
                         .type = {DType::kF32, {kTokens * 16}},
                         .storage = Storage::kAlias,
                         .index = 1});
  plan.steps[2].inputs.push_back(4);  // reads what step 0 made
  const std::vector<engine::Life> lives = engine::lives_of(plan);
  EXPECT_EQ(lives[1].begin, 0);
  EXPECT_EQ(lives[1].end, 2);
  place_arena(plan);
  EXPECT_EQ(plan.arena_bytes, kTokens * 192);
}

}  // namespace
}  // namespace lathe::builder
