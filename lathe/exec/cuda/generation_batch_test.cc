// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/generation_batch.h"

#include <gtest/gtest.h>

#include <numeric>

#include "lathe/core/tensor.h"
#include "lathe/exec/cuda/input_area.h"
#include "lathe/ops/step_inputs.h"

namespace lathe::exec {
namespace {

using Numbers = std::vector<int32_t>;

TEST(GenerationBatch, BucketsEndWithTheLimit) {
  EXPECT_EQ(buckets_for(64), (std::vector<int64_t>{1, 2, 4, 8, 16, 32, 64}));
  EXPECT_EQ(buckets_for(5), (std::vector<int64_t>{1, 2, 4, 5}));
  EXPECT_EQ(buckets_for(1), (std::vector<int64_t>{1}));
  EXPECT_EQ(buckets_for(1000).back(), 256);
  EXPECT_TRUE(buckets_for(0).empty());
}

TEST(GenerationBatch, FindsTheSmallestBucket) {
  const std::vector<int64_t> buckets = buckets_for(12);
  EXPECT_EQ(bucket_of(buckets, 1), 0u);
  EXPECT_EQ(bucket_of(buckets, 3), 2u);
  EXPECT_EQ(bucket_of(buckets, 8), 3u);
  EXPECT_EQ(bucket_of(buckets, 9), 4u);
  EXPECT_EQ(bucket_of(buckets, 13), std::nullopt);
}

// A step of some sequences as tensors, kept alive.
struct Step {
  std::vector<Tensor> memory;
  std::vector<NamedView> views;
  void add(std::string_view name, std::vector<int64_t> sizes, const Numbers& numbers) {
    memory.push_back(Tensor::from<int32_t>(DType::kI32, std::move(sizes), numbers));
    views.push_back({name, memory.back().view()});
  }
};

Step step_of(const Numbers& starts, int64_t logit_rows) {
  Step step;
  const auto tokens = static_cast<int64_t>(starts.back());
  step.add("token_ids", {tokens}, Numbers(static_cast<size_t>(tokens), 7));
  step.add("cu_q_lengths", {static_cast<int64_t>(starts.size())}, starts);
  Numbers rows(static_cast<size_t>(logit_rows));
  std::iota(rows.begin(), rows.end(), 0);
  step.add("logit_rows", {logit_rows}, rows);
  return step;
}

TEST(GenerationBatch, IsOneTokenASequenceWithItsLogits) {
  EXPECT_EQ(generation_sequences(step_of({0, 1, 2, 3}, 3).views), 3);
  EXPECT_EQ(generation_sequences(step_of({0, 1, 2, 3}, 2).views), std::nullopt);
  EXPECT_EQ(generation_sequences(step_of({0, 2, 3}, 2).views), std::nullopt);
  EXPECT_EQ(generation_sequences(step_of({0, 2, 2}, 2).views), std::nullopt);
  EXPECT_EQ(generation_sequences(step_of({0}, 0).views), std::nullopt);
  const Step swapped = step_of({0, 1, 2}, 2);
  std::swap(swapped.views[2].view.as<int32_t>()[0], swapped.views[2].view.as<int32_t>()[1]);
  EXPECT_EQ(generation_sequences(swapped.views), std::nullopt) << "rows 1, 0";
}

constexpr BucketShape kFour = {.sequences = 4, .table_width = 3, .spare_block = 99};

Numbers filled(std::string_view name, std::vector<int64_t> sizes, const Numbers& numbers) {
  Step step;
  step.add(name, std::move(sizes), numbers);
  Numbers out(static_cast<size_t>(bucket_bytes(name, kFour)) / sizeof(int32_t), -1);
  fill_bucket(step.views[0], kFour, out.data());
  return out;
}

TEST(GenerationBatch, FillsUpWithSequencesOfTheSpareBlock) {
  EXPECT_EQ(filled("token_ids", {2}, {5, 6}), (Numbers{5, 6, 0, 0}));
  EXPECT_EQ(filled("positions", {2}, {17, 3}), (Numbers{17, 3, 0, 0}));
  EXPECT_EQ(filled("lengths", {2}, {18, 4}), (Numbers{18, 4, 1, 1}));
  EXPECT_EQ(filled("kv_lengths", {2}, {18, 4}), (Numbers{18, 4, 1, 1}));
  EXPECT_EQ(filled("cu_q_lengths", {3}, {0, 1, 2}), (Numbers{0, 1, 2, 3, 4}));
  EXPECT_EQ(filled("logit_rows", {2}, {1, 0}), (Numbers{1, 0, 2, 3}));
  // What lies behind a row's own blocks stays: no kernel reads it.
  EXPECT_EQ(filled("block_tables", {2, 2}, {8, 9, 10, 11}),
            (Numbers{8, 9, -1, 10, 11, -1, 99, -1, -1, 99, -1, -1}));
}

TEST(GenerationBatch, KnowsEveryStepInput) {
  engine::Plan plan;
  for (const ops::StepInput& input : ops::step_inputs()) {
    EXPECT_FALSE(takes_step_inputs(plan)) << "without " << input.name;
    plan.values.push_back(
        {.name = std::string(input.name), .type = input.type, .storage = engine::Storage::kInput});
    std::vector<int32_t> memory(64);
    const TensorView view = bucket_view(input.name, kFour, memory.data());
    EXPECT_EQ(view.num_bytes(), bucket_bytes(input.name, kFour)) << input.name;
    EXPECT_EQ(view.rank, input.type.shape.rank()) << input.name;
  }
  EXPECT_TRUE(takes_step_inputs(plan));
  plan.values.push_back(
      {.name = "image", .type = TensorType::parse("f32[3]"), .storage = engine::Storage::kInput});
  EXPECT_FALSE(takes_step_inputs(plan));
}

TEST(InputPlacement, LiesOneBehindTheOtherAligned) {
  const std::vector<int64_t> bytes = {4, 256, 0, 257};
  const InputPlacement placement = place_inputs(bytes);
  EXPECT_EQ(placement.offsets, (std::vector<int64_t>{0, 256, 512, 512}));
  EXPECT_EQ(placement.bytes, 1024);
}

}  // namespace
}  // namespace lathe::exec
