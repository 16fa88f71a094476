// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/step_graphs.h"

#include <gtest/gtest.h>

#include "lathe/core/tensor.h"
#include "lathe/exec/cuda/gpu.h"
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
    fake.kernels["look"] = [&](FakeGpu::Launch& launch) {
      const auto& at = launch.as<Addresses>();
      seen_ids.assign(at.ids, at.ids + at.sequences);
      seen_tables.assign(at.tables, at.tables + at.sequences * 2);
    };
    graphs.emplace(gpu.stream(), area, std::vector<std::string_view>{"token_ids", "block_tables"},
                   buckets, [&](std::span<const NamedView> inputs) {
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
  std::optional<StepGraphs> graphs;
  Numbers seen_ids, seen_tables;
};

const BucketShape kShapes[] = {{1, 2, 9}, {2, 2, 9}, {4, 2, 9}};

TEST_F(StepGraphsTest, CapturesOneGraphABucketAndRunsNothing) {
  capture(kShapes);
  EXPECT_EQ(graphs->num_nodes(), 3u);
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
  EXPECT_EQ(fake.launched.size(), 3u);
  EXPECT_FALSE(run({1, 2, 3, 4, 5}, {1, 2, 3, 4, 5}));  // beyond the largest
  EXPECT_EQ(fake.launched.size(), 3u);
}

TEST_F(StepGraphsTest, WaitsBeforeItWritesWhatACopyReads) {
  capture(kShapes);
  for (int i = 0; i < 2; ++i) run({5}, {1});
  EXPECT_EQ(fake.calls["cuEventSynchronize"], 0);
  run({5}, {1});  // the first of two pinned pieces again
  EXPECT_EQ(fake.calls["cuEventSynchronize"], 1);
}

}  // namespace
}  // namespace lathe::exec
