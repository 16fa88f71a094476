// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/run_memory.h"

#include <gtest/gtest.h>

#include "lathe/exec/cuda/draw_sizes.h"
#include "lathe/exec/cuda/generation_batch.h"
#include "lathe/kernels/sample/cuda_sample.h"
#include "lathe/ops/embedding.h"
#include "lathe/ops/step_inputs.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_plan.h"

namespace lathe::exec {
namespace {

using testing::error_of;

// A step's inputs, and "logits" of 8 columns.
TestPlan small_plan() {
  TestPlan plan({.device = DeviceKind::kCuda, .isa = {}, .sm = 90});
  int ids = -1;
  for (const ops::StepInput& input : ops::step_inputs()) {
    const int value = plan.input(input.name, input.type);
    if (input.name == "token_ids") ids = value;
  }
  const int table = plan.weight("w", {16, 8}, {.code_dtype = DType::kBf16});
  plan.output("logits", plan.step(ops::Embedding{.format = {.code_dtype = DType::kBf16},
                                                 .dtype = DType::kF32},
                                  {ids, table}));
  return plan;
}

const DimBindings kLimits = {
    {"tokens", 100}, {"sequences", 5}, {"logit_rows", 4}, {"table_width", 3}, {"threads", 2}};

TEST(RunMemory, CountsEveryBufferOfARun) {
  TestPlan plan = small_plan();
  const RunMemory needs = run_memory(plan.plan(), kLimits, 7);
  EXPECT_EQ(needs.weights, 0);
  EXPECT_EQ(needs.arena, 100 * 256 + 256) << "rows of 32 bytes, each aligned";
  // Three of 100 numbers; 6, 5, 5 x 3 and 4 numbers: each from a multiple of 256 on.
  EXPECT_EQ(needs.step_inputs, 3 * 512 + 4 * 256);
  EXPECT_EQ(needs.drawn_tokens, 0) << "the host draws";
  EXPECT_EQ(needs.graphs, 0);
  EXPECT_EQ(needs.kv_cache, 0);
  plan.plan().sampler = "code";
  const RunMemory drawing = run_memory(plan.plan(), kLimits, 7);
  EXPECT_EQ(drawing.graphs, 3 * 4 * 8192) << "buckets of 1, 2 and 4; a step, take, draw";
  EXPECT_EQ(drawing.drawn_tokens,
            100 * static_cast<int64_t>(sizeof(kernels::SampleRow) + 8) + (5 + 2) * 8 * 8)
      << "rows of logits; a vocabulary of 8 for five sequences and in two pieces";
}

TEST(DrawSizes, PenaltiesLookAtAsManyTokensAsASequenceCanHold) {
  TestPlan plan = small_plan();
  EXPECT_FALSE(draws_tokens(plan.plan()));
  plan.plan().sampler = "code";
  ASSERT_TRUE(draws_tokens(plan.plan()));
  EXPECT_EQ(draw_sizes(plan.plan(), kLimits), (DrawSizes{8, 100, 5, 8}))
      << "all rows may be wanted; a sequence has one with penalties";
  DimBindings limits = kLimits;
  limits["tokens"] = 3;
  EXPECT_EQ(draw_sizes(plan.plan(), limits), (DrawSizes{8, 3, 3, 8}));
  plan.plan().block_size = 2;
  EXPECT_EQ(draw_sizes(plan.plan(), limits).most_seen, 6) << "three blocks of two tokens";
}

TEST(RunMemory, ASpareBlockIsBesideThoseOfTheRun) {
  TestPlan plan = small_plan();
  plan.state("layers.0.kv", {.kv_heads = 2, .head_dim = 16});
  plan.plan().states[0].dtype = DType::kBf16;
  const int64_t block = int64_t{2} * 64 * 2 * 16 * 2;  // keys and values
  EXPECT_EQ(run_memory(plan.plan(), kLimits, 7).kv_cache, 8 * block);
}

TEST(RunMemory, APlanWithoutStepInputsHasNoGraphs) {
  TestPlan plan;
  plan.output("x", plan.input("x", TensorType::parse("bf16[tokens, 8]")));
  const RunMemory needs = run_memory(plan.plan(), kLimits, 0);
  EXPECT_EQ(needs.graphs, 0);
  EXPECT_EQ(needs.step_inputs, 1792) << "1600 bytes";
}

TEST(RunMemory, WeightsBeginWhereTheDeviceWantsThem) {
  TestPlan plan = small_plan();
  plan.weight("v", {3}, {.code_dtype = DType::kBf16});
  plan.weight("u", {3}, {.code_dtype = DType::kBf16});
  const WeightPlaces places = place_weights(plan.plan(), {true, false, true});
  EXPECT_EQ(places.offsets, (std::vector<int64_t>{0, 256, 256}));
  EXPECT_EQ(places.bytes, 512);
}

TEST(RunMemory, OneErrorNamesEveryPartAndItsFlag) {
  const RunMemory needs{.weights = 1000,
                        .arena = 200,
                        .step_inputs = 30,
                        .drawn_tokens = 4,
                        .graphs = 50,
                        .kv_cache = 600};
  EXPECT_EQ(needs.total(), 1884);
  EXPECT_NO_THROW(check_fits(needs, {"cuda:0 (Fake)", 1884, 2000}));
  EXPECT_EQ(error_of([&] {
              check_fits(needs, {"cuda:0 (Fake)", 1883, 2000});
            }),
            "the run needs 1884 bytes of cuda:0 (Fake), which has 1883 of 2000 free: weights 1000, "
            "arena 200 (less with a smaller --max-num-tokens), step inputs 30 (less with a smaller "
            "--max-num-tokens), drawn tokens 4 (less with a smaller --max-batch-size), CUDA graphs "
            "50 (less with a smaller --max-batch-size), KV cache 600 (less with a smaller "
            "--kv-cache-bytes)");
  try {
    check_fits(needs, {"cuda:0 (Fake)", 0, 2000});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kOutOfMemory);
  }
}

TEST(RunMemory, PartsThatARunHasNotAreNotNamed) {
  const std::string message = error_of([] { check_fits({.arena = 9}, {"cuda:0 (Fake)", 8, 8}); });
  EXPECT_EQ(message.find("weights"), std::string::npos) << message;
  EXPECT_EQ(message.find("KV cache"), std::string::npos) << message;
}

TEST(GenerationBuckets, GoByTheLeastOfTheLimits) {
  EXPECT_EQ(generation_buckets(kLimits), (std::vector<int64_t>{1, 2, 4}));
  DimBindings limits = kLimits;
  limits["tokens"] = 1;
  EXPECT_EQ(generation_buckets(limits), (std::vector<int64_t>{1}));
  limits["table_width"] = 0;
  EXPECT_TRUE(generation_buckets(limits).empty());
  EXPECT_TRUE(generation_buckets({}).empty());
}

}  // namespace
}  // namespace lathe::exec
