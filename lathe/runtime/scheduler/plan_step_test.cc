// SPDX-License-Identifier: Apache-2.0
#include "lathe/runtime/scheduler/plan_step.h"

#include <gtest/gtest.h>

#include "lathe/base/text.h"

namespace lathe::runtime {
namespace {

constexpr StepLimits kLimits{.max_batch_size = 4,
                             .max_num_tokens = 32,
                             .max_seq_len = 100,
                             .block_size = 10,
                             .num_blocks = 20};

SequenceView sequence(uint64_t id, int64_t tokens, int64_t cached, int64_t max_total) {
  return {.id = RequestId{id},
          .num_tokens = tokens,
          .num_cached = cached,
          .max_total = max_total,
          .num_blocks = (cached + 9) / 10};
}

// "1:1 2:20" of the scheduled tokens.
std::string schedule(const StepPlan& plan) {
  std::string text;
  for (const ScheduledTokens& scheduled : plan.scheduled) {
    text += cat(text.empty() ? "" : " ", static_cast<uint64_t>(scheduled.id), ":",
                scheduled.num_tokens);
  }
  return text;
}

std::vector<RequestId> ids(std::initializer_list<uint64_t> numbers) {
  std::vector<RequestId> out;
  for (const uint64_t number : numbers) out.push_back(RequestId{number});
  return out;
}

TEST(PlanStepTest, NothingToDo) {
  EXPECT_EQ(plan_step({.running = {}, .queued = {}, .available_blocks = 20, .limits = kLimits}),
            StepPlan{});
}

TEST(PlanStepTest, GenerationsComeFirstAndContextsShareTheRest) {
  const StepPlan plan = plan_step({.running = {sequence(1, 50, 0, 60), sequence(2, 11, 10, 20)},
                                   .queued = {sequence(3, 5, 0, 10)},
                                   .available_blocks = 18,
                                   .limits = kLimits});
  EXPECT_EQ(plan.admitted, ids({3}));
  EXPECT_EQ(schedule(plan), "2:1 1:31") << "the budget is 32: the newcomer waits for its first";
}

TEST(PlanStepTest, AContextIsChunkedWhereTheBudgetEnds) {
  const StepPlan plan = plan_step({.running = {},
                                   .queued = {sequence(1, 20, 0, 30), sequence(2, 20, 0, 30)},
                                   .available_blocks = 20,
                                   .limits = kLimits});
  EXPECT_EQ(schedule(plan), "1:20 2:12");
}

TEST(PlanStepTest, WhatIsReusedIsNotComputed) {
  const StepPlan plan = plan_step({.running = {},
                                   .queued = {sequence(1, 25, 20, 30)},
                                   .available_blocks = 20,
                                   .limits = kLimits});
  EXPECT_EQ(schedule(plan), "1:5");
}

TEST(PlanStepTest, AdmitsOnlyWhereTheWholeAnswerIsCertainToFit) {
  // 10 blocks are free, the running one was promised 6 more: 4 are left.
  Snapshot snapshot{.running = {sequence(1, 31, 30, 90)},
                    .queued = {sequence(2, 5, 0, 50)},
                    .available_blocks = 10,
                    .limits = kLimits};
  EXPECT_TRUE(plan_step(snapshot).admitted.empty());
  snapshot.queued[0].max_total = 40;
  EXPECT_EQ(plan_step(snapshot).admitted, ids({2}));
}

TEST(PlanStepTest, NobodyOvertakes) {
  const StepPlan plan = plan_step({.running = {},
                                   .queued = {sequence(1, 5, 0, 100), sequence(2, 5, 0, 10)},
                                   .available_blocks = 9,
                                   .limits = kLimits});
  EXPECT_TRUE(plan.admitted.empty());
  EXPECT_TRUE(plan.refused.empty());
}

TEST(PlanStepTest, TheBatchIsBounded) {
  Snapshot snapshot{.running = {}, .queued = {}, .available_blocks = 20, .limits = kLimits};
  for (uint64_t id = 1; id <= 6; ++id) snapshot.queued.push_back(sequence(id, 2, 0, 10));
  EXPECT_EQ(plan_step(snapshot).admitted, ids({1, 2, 3, 4}));
  snapshot.limits.max_num_tokens = 3;
  EXPECT_EQ(plan_step(snapshot).admitted, ids({1, 2, 3})) << "everybody must get a token";
}

TEST(PlanStepTest, RefusesWhatCanNeverFit) {
  Snapshot snapshot{.running = {},
                    .queued = {sequence(1, 100, 0, 100), sequence(2, 99, 0, 100)},
                    .available_blocks = 20,
                    .limits = kLimits};
  StepPlan plan = plan_step(snapshot);
  ASSERT_EQ(plan.refused.size(), 1u);
  EXPECT_EQ(plan.refused[0].id, RequestId{1});
  EXPECT_EQ(plan.refused[0].why,
            "the prompt has 100 tokens; the maximum context length is 100 tokens, answer included");
  EXPECT_EQ(plan.admitted, ids({2}));

  snapshot.limits.num_blocks = 9;
  snapshot.available_blocks = 9;
  plan = plan_step(snapshot);
  EXPECT_EQ(plan.refused.size(), 2u);
  EXPECT_EQ(plan.refused[1].why,
            "the prompt has 99 tokens; the KV cache holds 90, answer included");
}

}  // namespace
}  // namespace lathe::runtime
