// SPDX-License-Identifier: Apache-2.0
// Who touches what in a plan: lives, used weights, the choice for a number of tokens.
#include "lathe/engine/usage.h"

#include <gtest/gtest.h>

#include "lathe/engine/refusals.h"

namespace lathe::engine {
namespace {

constexpr size_t kAvx2 = 0, kVnni = 1;

// 0 input, 1 and 2 the weight plain and packed, 3 and 4 computed, 5 an alias of 4, 6 an alias of 5,
// 7 a value that nobody touches.
Plan plan() {
  Plan out;
  out.targets.resize(2);
  out.values.resize(8);
  out.values[0].storage = Storage::kInput;
  for (const int weight : {1, 2}) {
    out.values[static_cast<size_t>(weight)].storage = Storage::kWeight;
    out.values[static_cast<size_t>(weight)].index = weight - 1;
  }
  for (const int alias : {5, 6}) {
    out.values[static_cast<size_t>(alias)].storage = Storage::kAlias;
    out.values[static_cast<size_t>(alias)].index = alias - 1;
  }
  out.weights.resize(2);
  PlanStep linear{.op = "linear",
                  .attributes = {},
                  .inputs = {0, 1},
                  .outputs = {3},
                  .kernels = {},
                  .computes = {}};
  linear.kernels.resize(2);
  linear.kernels[kAvx2].choices = {{.up_to_tokens = 8, .kernel = "few", .inputs = {0, 1}},
                                   {.up_to_tokens = 64, .kernel = "some", .inputs = {0, 1}},
                                   {.kernel = "many", .inputs = {0, 1}}};
  linear.kernels[kVnni].choices = {{.kernel = "packed", .inputs = {0, 2}}};
  PlanStep unary{.op = "unary",
                 .attributes = {},
                 .inputs = {3},
                 .outputs = {4},
                 .kernels = {},
                 .computes = {}};
  unary.kernels.resize(2);
  for (ChoiceTable& table : unary.kernels) table.choices = {{.kernel = "u", .inputs = {3}}};
  out.steps = {linear, unary};
  out.outputs = {{"y", 6}};
  return out;
}

TEST(Usage, AnAliasIsItsRootThroughAllAliases) {
  for (const int value : {4, 5, 6}) EXPECT_EQ(root_of(plan(), value), 4u);
  EXPECT_EQ(root_of(plan(), 3), 3u);
}

TEST(Usage, ValuesLiveFromTheirStepToTheirLastReader) {
  const std::vector<Life> lives = lives_of(plan());
  const auto life = [&](size_t value) { return std::pair(lives[value].begin, lives[value].end); };
  EXPECT_EQ(life(0), std::pair(0, 0));
  EXPECT_EQ(life(3), std::pair(0, 1));
  EXPECT_EQ(life(4), std::pair(1, 2)) << "an output outlives the steps, by whatever alias";
  EXPECT_EQ(life(6), std::pair(-1, -1)) << "an alias has no life of its own";
  EXPECT_EQ(life(7), std::pair(-1, -1));
}

TEST(Usage, ATargetUsesTheWeightsOfItsOwnKernels) {
  EXPECT_EQ(used_weights(plan(), kAvx2), (std::vector<bool>{true, false}));
  EXPECT_EQ(used_weights(plan(), kVnni), (std::vector<bool>{false, true}));
  EXPECT_EQ(used_values(plan(), kVnni),
            (std::vector<bool>{true, false, true, true, true, false, false, false}));
}

TEST(Usage, WhatKeepsBitsUsesItsWeight) {
  Plan fixed = plan();
  fixed.steps[0].kernels[kAvx2].fixed_bits = {.kernel = "packed", .inputs = {0, 2}};
  EXPECT_EQ(used_weights(fixed, kAvx2), (std::vector<bool>{true, true}));
}

TEST(Usage, AWeightThatIsAnOutputIsUsed) {
  Plan shown = plan();
  shown.outputs.push_back({"table", 2});
  EXPECT_EQ(used_weights(shown, kAvx2), (std::vector<bool>{true, true}));
}

TEST(Usage, TheChoiceIsTheFirstWhoseRangeHolds) {
  const Plan all = plan();
  const std::pair<int64_t, std::string_view> cases[] = {
      {1, "few"}, {8, "few"}, {9, "some"}, {64, "some"}, {65, "many"}, {100000, "many"}};
  for (const auto& [tokens, kernel] : cases) {
    EXPECT_EQ(choice_for(all.steps[0], kAvx2, tokens).kernel, kernel) << tokens;
  }
  EXPECT_EQ(choice_for(all.steps[0], kVnni, 1).kernel, "packed");
}

TEST(Refusals, OfOneReasonStandTogetherWithoutTheirOp) {
  Plan all = plan();
  all.steps.push_back(all.steps[0]);
  const auto refuse = [&](size_t step, std::vector<Refusal> refusals) {
    all.steps[step].kernels[kAvx2].refused = keep_refusals(all, std::move(refusals));
  };
  refuse(0, {{"linear.cpu.avx512.f32", "needs avx512"},
             {"linear.cpu.vnni.q8_0", "needs avx512"},
             {"linear.cuda.any", "runs on a GPU"}});
  refuse(1, {{"linearly.named", "needs avx512"}});
  refuse(2, {{"linear.cpu.avx512.f32", "needs avx512"}});
  const std::vector<RefusalGroup> expected = {
      {"linear", "needs avx512", {"cpu.avx512.f32", "cpu.vnni.q8_0"}, 2},
      {"linear", "runs on a GPU", {"cuda.any"}, 1},
      {"unary", "needs avx512", {"linearly.named"}, 1}};
  EXPECT_EQ(group_refusals(all, kAvx2), expected);
  EXPECT_TRUE(group_refusals(all, kVnni).empty());
}

TEST(Refusals, AListThatIsKnownIsKeptOnce) {
  Plan plan;
  const std::vector<Refusal> a = {{"k", "too odd"}}, b = {{"k", "too wide"}};
  EXPECT_EQ(keep_refusals(plan, {}), -1) << "nothing was refused";
  EXPECT_EQ(keep_refusals(plan, a), 0);
  EXPECT_EQ(keep_refusals(plan, b), 1);
  EXPECT_EQ(keep_refusals(plan, a), 0);
  EXPECT_EQ(plan.refusals.size(), 2u);
  EXPECT_EQ(refusals_of(plan, {.choices = {}, .refused = 1})[0].why, "too wide");
  EXPECT_TRUE(refusals_of(plan, {}).empty());
}

}  // namespace
}  // namespace lathe::engine
