// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/step_graphs.h"

#include <gtest/gtest.h>

#include "lathe/core/tensor.h"
#include "lathe/exec/cuda/gpu.h"
#include "lathe/exec/cuda/test_take.h"
#include "tests/support/fake_gpu.h"

namespace lathe::exec {
namespace {

using testing::FakeGpu;
using Numbers = std::vector<int32_t>;

// Where the inputs of one bucket lie: what its graph's only kernel gets.
struct Addresses {
  const int32_t* ids;
  const int32_t* tables;
  int64_t sequences;
};

class StepGraphsTest : public ::testing::Test {
 protected:
  void capture(std::span<const BucketShape> buckets) {
    fake.kernels["take"] = take_inputs;
    fake.kernels["look"] = [&](FakeGpu::Launch& launch) {
      const auto& at = launch.as<Addresses>();
      seen_ids.assign(at.ids, at.ids + at.sequences);
      seen_tables.assign(at.tables, at.tables + at.sequences * 2);
    };
    graphs.emplace(gpu.stream(), area, std::vector<std::string_view>{"token_ids", "block_tables"},
                   buckets, [&](std::span<const NamedView> inputs, const kernels::TakeCall& take) {
                     entries.enqueue("code", kernels::take_launch(take));
                     alignas(16) std::array<std::byte, 256> parameter{};
                     const Addresses at{inputs[0].view.as<int32_t>(), inputs[1].view.as<int32_t>(),
                                        inputs[0].view.size(0)};
                     std::memcpy(parameter.data(), &at, sizeof(at));
                     void* arguments[] = {parameter.data()};
                     cuda::launch_raw(gpu.stream(), gpu.kernel("code", "look"), {}, arguments);
                   });
  }
  bool run(const Numbers& ids, const Numbers& tables) {
    const auto count = static_cast<int64_t>(ids.size());
    const Tensor id = Tensor::from<int32_t>(DType::kI32, {count}, ids);
    const Tensor table = Tensor::from<int32_t>(DType::kI32, {count, 1}, tables);
    // In another order than the plan's.
    const std::vector<NamedView> views = {{"block_tables", table.view()}, {"token_ids", id.view()}};
    return graphs->run(views, count);
  }

  FakeGpu fake;
  Gpu gpu{fake.open(), {.cubins = {{"code", FakeGpu::cubin()}}}};
  InputArea area{gpu.stream(), 4096};
  Entries entries{gpu};
  std::optional<StepGraphs> graphs;
  Numbers seen_ids, seen_tables;
};

const BucketShape kShapes[] = {{1, 2, 9}, {2, 2, 9}, {4, 2, 9}};

TEST_F(StepGraphsTest, CapturesOneGraphABucketAndRunsNothing) {
  capture(kShapes);
  EXPECT_EQ(graphs->num_nodes(), 6u);
  EXPECT_TRUE(fake.launched.empty());
}

TEST_F(StepGraphsTest, RunsTheBucketThatHoldsTheStep) {
  capture(kShapes);
  EXPECT_TRUE(run({5, 6, 7}, {1, 2, 3}));
  EXPECT_EQ(seen_ids, (Numbers{5, 6, 7, 0}));
  EXPECT_EQ(seen_tables, (Numbers{1, 0, 2, 0, 3, 0, 9, 0}));
  EXPECT_TRUE(run({8}, {4}));
  EXPECT_EQ(seen_ids, (Numbers{8}));
  EXPECT_TRUE(run({1, 2}, {7, 8}));
  EXPECT_EQ(seen_ids, (Numbers{1, 2}));
  EXPECT_EQ(fake.calls["cuGraphLaunch"], 3);
  EXPECT_FALSE(run({1, 2, 3, 4, 5}, {1, 2, 3, 4, 5}));  // beyond the largest
  EXPECT_EQ(fake.calls["cuGraphLaunch"], 3);
}

TEST_F(StepGraphsTest, WaitsBeforeItWritesWhatAGraphTakes) {
  capture(kShapes);
  for (int i = 0; i < 2; ++i) run({5}, {1});
  EXPECT_EQ(fake.calls["cuEventSynchronize"], 0);
  run({5}, {1});  // the first of two pinned pieces again
  EXPECT_EQ(fake.calls["cuEventSynchronize"], 1);
}

// What is behind a graph in its step, a draw, has no event in front of it.
TEST_F(StepGraphsTest, NothingFollowsAGraphInItsStep) {
  capture(kShapes);
  for (int i = 0; i < 3; ++i) {
    run({5}, {1});
    EXPECT_EQ(fake.log.back(), "cuGraphLaunch");
  }
  EXPECT_EQ(fake.calls["cuEventRecord"], 2);
}

TEST_F(StepGraphsTest, ALaunchThatFailsIsNobodysTurn) {
  capture(kShapes);
  run({1}, {1});
  fake.results["cuGraphLaunch"] = 1;
  EXPECT_THROW(run({2}, {1}), Error);
  EXPECT_THROW(run({3}, {1}), Error);
  fake.results.clear();
  for (const int32_t id : {4, 5, 6}) {
    run({id}, {1});
    EXPECT_EQ(seen_ids, Numbers{id});
  }
}

}  // namespace
}  // namespace lathe::exec
