// SPDX-License-Identifier: Apache-2.0
// A GPU that is lost under an executor: every request hears why, those that come later too.
#include <gtest/gtest.h>

#include "lathe/exec/session_memory.h"
#include "lathe/kernels/kernel.h"
#include "lathe/ops/embedding.h"
#include "lathe/ops/step_inputs.h"
#include "lathe/runtime/fake_device.h"
#include "lathe/runtime/run_limits.h"
#include "tests/support/error_code_of.h"
#include "tests/support/fake_gpu.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_plan.h"

namespace lathe::runtime {
namespace {

using lathe::testing::code_of;
using lathe::testing::error_of;
using lathe::testing::FakeGpu;
using testing::Answer;

constexpr int64_t kVocab = 8;

// A "language model" whose logits are a row of its table, for a GPU that draws.
engine::EngineData tiny_model() {
  exec::TestPlan plan({.device = DeviceKind::kCuda, .isa = {}, .sm = 90});
  int ids = -1;
  for (const ops::StepInput& input : ops::step_inputs()) {
    const int value = plan.input(input.name, input.type);
    if (input.name == "token_ids") ids = value;
  }
  const int table = plan.weight("w", {kVocab, kVocab}, {.code_dtype = DType::kBf16});
  plan.state("layers.0.kv", {.kv_heads = 1, .head_dim = 16});
  plan.plan().states[0].dtype = DType::kBf16;
  plan.output("logits", plan.step(ops::Embedding{.format = {.code_dtype = DType::kBf16},
                                                 .dtype = DType::kF32},
                                  {ids, table}));
  plan.plan().steps[0].kernels[0].choices[0].kernel = "embedding.cuda.rows";
  plan.plan().steps[0].kernels[0].choices[0].code = "code";
  plan.plan().sampler = "code";
  engine::EngineData data;
  data.manifest.plans = {plan.plan()};
  data.manifest.model.vocab = kVocab;
  data.manifest.model.max_seq_len = 128;
  data.code.cubins = {{"code", FakeGpu::cubin()}};
  return data;
}

std::shared_ptr<const exec::Engine> load(const FakeGpu& fake, const RunLimits& limits) {
  exec::LoadOptions options;
  options.threads = 1;
  options.gpu = fake.open();
  options.before_weights = check_before_weights(limits);
  return exec::Engine::from_memory(
      tiny_model(), exec::memory_rows({{"w", Tensor(DType::kBf16, {kVocab, kVocab})}}), options);
}

RunLimits small_limits() {
  RunLimits limits;
  limits.max_batch_size = 4;
  limits.max_num_tokens = 32;
  limits.kv_cache_bytes = 1 << 20;
  return limits;
}

TEST(GpuFault, EveryRequestHearsWhatTheDeviceSaid) {
  FakeGpu fake;
  const auto engine = load(fake, small_limits());
  const StepLimits limits = step_limits(*engine, small_limits());
  exec::Session session(engine, session_options(limits, 0));
  Executor executor(session_step(session),
                    {.limits = limits, .vocab = kVocab, .draws = session_draws(session)});
  Answer one, two, late;
  executor.submit({.prompt = {1, 2}, .max_tokens = 9}, record(one));
  executor.submit({.prompt = {3}, .max_tokens = 9}, record(two));
  executor.step();
  fake.faulty = {"sample", 719};
  testing::run_until_idle(executor);
  executor.submit({.prompt = {4}, .max_tokens = 9}, record(late));
  testing::run_until_idle(executor);
  for (const Answer* answer : {&one, &two, &late}) {
    ASSERT_TRUE(answer->finish);
    EXPECT_EQ(answer->finishes, 1);
    EXPECT_EQ(answer->finish->reason, FinishReason::kError);
    ASSERT_TRUE(answer->finish->error);
    EXPECT_EQ(answer->finish->error->code(), ErrorCode::kUnavailable);  // the command exits with 4
    const std::string& message = answer->finish->error->message();
    for (const std::string_view part : {"cuEventSynchronize", "cuda:0 (Fake)", "launched last: "}) {
      EXPECT_NE(message.find(part), std::string::npos) << message;
    }
  }
}

TEST(GpuMemory, TheKvCacheTakesAShareOfWhatIsLeft) {
  const FakeGpu fake({.memory_bytes = 128 << 20, .compute_major = 9});
  RunLimits limits = small_limits();
  limits.kv_cache_bytes.reset();
  limits.max_batch_size = 1 << 16;
  limits.kv_cache_fraction = 1.0;
  const auto engine = load(fake, limits);
  const StepLimits step = step_limits(*engine, limits);
  const exec::SessionOptions options = session_options(step, 0);
  const int64_t block = exec::kv_block_bytes(engine->plan());
  const int64_t free = engine->free_memory();
  EXPECT_LE(exec::session_memory(*engine, options).total(), free);
  EXPECT_GT(exec::session_memory(*engine, options).total() + block, free) << "one more would not";
}

TEST(GpuMemory, ARunThatCannotFitNamesItsPartsBeforeWeightsAreLoaded) {
  const FakeGpu fake({.memory_bytes = 1 << 20, .compute_major = 9});
  RunLimits limits = small_limits();
  limits.kv_cache_bytes = 2 << 20;
  limits.max_batch_size = 1024;
  limits.max_num_tokens = 1024;
  const std::string message = error_of([&] { load(fake, limits); });
  for (const std::string_view part :
       {"the run needs ", " of 1048576 free: weights 256, arena ", "step inputs ", "drawn tokens ",
        "CUDA graphs ", "KV cache ", "--kv-cache-bytes", "--max-batch-size"}) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
  EXPECT_EQ(code_of([&] { load(fake, limits); }), ErrorCode::kOutOfMemory);
  EXPECT_EQ(fake.most_used, 0u);
}

TEST(GpuMemory, BytesThatHoldNoBlockAreAMatterOfMemory) {
  const FakeGpu fake;
  RunLimits limits = small_limits();
  limits.kv_cache_bytes = 10;
  EXPECT_EQ(code_of([&] { load(fake, limits); }), ErrorCode::kOutOfMemory);
}

}  // namespace
}  // namespace lathe::runtime
