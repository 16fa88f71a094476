// SPDX-License-Identifier: Apache-2.0
#include "gpu_kernels.h"

#include <array>

#include "lathe/exec/cuda/gpu.h"
#include "lathe/exec/cuda/test_session.h"

namespace lathe::app {
namespace {

using exec::FakeGpu;
using kernels::BenchStep;

class GpuKernelsBench : public exec::CudaSession {
 protected:
  GpuKernelsBench() {
    fake.kernels["embedding_8"] = exec::look_up<DType::kF32>;
    fake.kernel_ms["embedding_8"] = 0.5f;
  }
  static std::shared_ptr<const exec::Engine> engine(const FakeGpu& gpu) {
    engine::EngineData data;
    data.manifest.plans = {exec::drawing_echo().plan()};
    data.manifest.model.max_seq_len = 128;
    data.code.cubins = {{"code", FakeGpu::cubin()}};
    exec::LoadOptions options;
    options.threads = 1;
    options.gpu = gpu.open();
    return exec::Engine::from_memory(std::move(data), exec::memory_rows({{"w", exec::kTable}}),
                                     options);
  }
  GpuKernels time(std::span<const BenchStep> shapes) const {
    return time_gpu_kernels(engine(fake), limits_for({}, shapes), shapes);
  }
};

constexpr std::array kShapes = {BenchStep{.tokens = 1, .context = 99},
                                BenchStep{.tokens = 4, .sequences = 4, .context = 7},
                                BenchStep{.tokens = 6}};

TEST_F(GpuKernelsBench, TimesEveryShape) {
  const GpuKernels found = time(kShapes);
  ASSERT_EQ(found.groups.size(), kShapes.size());
  for (size_t i = 0; i < kShapes.size(); ++i) {
    const StepGroup& group = found.groups[i];
    EXPECT_EQ(group.us, std::vector<double>{500});
    EXPECT_EQ(group.kernel, "embedding.cuda.rows");
    EXPECT_EQ(group.problem.step.tokens, kShapes[i].tokens);
    const kernels::KernelFigure figure =
        group.figure({.fma_flops_per_s = 1e12, .code_ops_per_s = 1e12, .read_bytes_per_s = 1e9});
    EXPECT_EQ(figure.us, 500);
    EXPECT_EQ(figure.bytes, static_cast<double>(kShapes[i].tokens) * (4 + 8 * 2 + 8 * 4));
    EXPECT_DOUBLE_EQ(figure.share, figure.bytes / 1e9 / 500e-6);
  }
  EXPECT_FALSE(found.host_was_ahead) << "the fake is done at once";
}

TEST_F(GpuKernelsBench, TheHostMayBeAhead) {
  fake.results["cuEventQuery"] = 600;  // not ready
  EXPECT_TRUE(time(kShapes).host_was_ahead);
}

TEST_F(GpuKernelsBench, WhatFailsOnTheDeviceIsTold) {
  fake.faulty = {"embedding_8", 719};
  EXPECT_NE(exec::error_of([&] { time(kShapes); }).find("CUDA_ERROR_FAKE (719)"),
            std::string::npos);
}

TEST_F(GpuKernelsBench, IsReportedWithItsCeilings) {
  const EngineCeilings ceilings{
      .rates = {.fma_flops_per_s = 1e12, .code_ops_per_s = 1e12, .read_bytes_per_s = 1e9},
      .known = kReadMeasured};
  const KernelReport report = report_of("A card", ceilings, time({kShapes.data(), 1}));
  const Json json = to_json(report);
  EXPECT_EQ(json.at("device").as_string(), "A card");
  EXPECT_EQ(json.at("ceilings_known").as_string(), "read rate measured");
  EXPECT_FALSE(json.at("host_was_ahead").as_bool());
  EXPECT_EQ(json.at("ceilings").at("read_bytes_per_s").as_number(), 1e9);
  const Json& kernels = json.at("kernels");
  ASSERT_EQ(kernels.as_array().size(), 1);
  EXPECT_EQ(kernels.as_array()[0].at("us").as_number(), 500);
  EXPECT_EQ(kernels.as_array()[0].at("steps").as_integer(), 1);
  EXPECT_EQ(kernels.as_array()[0].at("bytes").as_number(), 52);
  EXPECT_EQ(
      text_of(report),
      "A card  ceilings {\"fma_flops_per_s\":1e+12,\"code_ops_per_s\":1e+12,"
      "\"read_bytes_per_s\":1e+09}\n"
      "embedding.cuda.rows  500 us  x 1  0 % of memory  0 GB/s  0 Gop/s  tokens=1 | embedding "
      "| i32[tokens] bf16[16, 8]\n");
}

TEST(GpuKernels, LimitsAreThoseOfTheLargestStep) {
  runtime::RunLimits given;
  given.kv_cache_bytes = 5;
  const runtime::RunLimits limits = limits_for(given, kShapes);
  EXPECT_EQ(limits.max_batch_size, 4);
  EXPECT_EQ(limits.max_num_tokens, 6);
  EXPECT_EQ(limits.max_seq_len, 100);
  EXPECT_EQ(limits.kv_cache_bytes, 5);
}

TEST(GpuKernels, AShapeIsCutToTheModel) {
  const BenchStep generation = fitted({.tokens = 16, .sequences = 16, .context = 512}, 64);
  EXPECT_EQ(generation.tokens, 16);
  EXPECT_EQ(generation.context, 63);
  const BenchStep context = fitted({.tokens = 512}, 64);
  EXPECT_EQ(context.tokens, 64);
  EXPECT_EQ(context.context, 0);
  EXPECT_EQ(fitted({.tokens = 16, .sequences = 16, .context = 512}, 513).context, 512);
}

TEST(EngineCeilings, WhereTheReadRateCannotBeMeasuredItSaysSo) {
  const FakeGpu fake({.memory_bytes = 1 << 20});  // and 1 GiB is read
  const exec::Gpu gpu(fake.open(), {});
  ::testing::internal::CaptureStderr();
  const EngineCeilings found = gpu_ceilings(gpu, {});
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(found.known, kCostModel);
  EXPECT_EQ(found.rates.read_bytes_per_s, kernels::kNominalHopper.read_bytes_per_s);
  EXPECT_TRUE(said.starts_with("the read rate is not measured (")) << said;
  EXPECT_NE(said.find("shares are of 3090 GB/s\n"), std::string::npos) << said;
}

}  // namespace
}  // namespace lathe::app
