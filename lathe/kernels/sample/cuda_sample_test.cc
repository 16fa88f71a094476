// SPDX-License-Identifier: Apache-2.0
// The recipe of the GPU's sampler; what it draws is checked on one (tests/gpu).
#include "lathe/kernels/sample/cuda_sample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "lathe/kernels/device_code.h"
#include "tests/support/needs_nvrtc.h"

namespace lathe::kernels {
namespace {

TEST(CudaSample, AClusterHasARowInItsSharedMemory) {
  for (const int64_t vocab : {int64_t{1}, int64_t{7}, int64_t{151936}, kMaxSampleVocab}) {
    const Launch launch = sample_launch({.vocab = vocab, .rows = 3});
    EXPECT_EQ(launch.entry, kSampleCode);
    EXPECT_EQ(launch.config.grid, (cuda::Dim3{8, 3, 1}));
    EXPECT_EQ(launch.config.cluster, (cuda::Dim3{8, 1, 1}));
    EXPECT_GE(int64_t{launch.config.shared_bytes} * 8, vocab * 4);
    EXPECT_LE(launch.config.shared_bytes, 227u * 1024 - 8 * 1024);  // static ones beside
  }
  EXPECT_THROW(sample_launch({.vocab = kMaxSampleVocab + 1, .rows = 1}), Error);
}

TEST(CudaSample, OneBlockFeedsAStepsIds) {
  int32_t ids[3] = {}, drawn[2] = {};
  const Launch launch = feed_launch({.token_ids = ids, .count = 3, .drawn = drawn});
  EXPECT_EQ(launch.entry, "feed");
  EXPECT_EQ(launch.config.grid, (cuda::Dim3{1, 1, 1}));
}

// As the device source takes them.
struct TakeParameters {
  const std::byte* stages[2];
  std::byte* inputs;
  uint32_t* turns;
  const int32_t* drawn;
  int32_t units, first_id, num_ids;
};

TEST(CudaSample, EveryStepIsTakenByTheSameBlocks) {
  std::array<std::byte, 1024> inputs{};
  const auto* ids = reinterpret_cast<const int32_t*>(inputs.data() + 256);
  TakeCall call{.inputs = inputs.data(), .bytes = 1024, .token_ids = ids, .num_ids = 3};
  Launch launch = take_launch(call);
  EXPECT_EQ(launch.config.grid, (cuda::Dim3{kTakeBlocks, 1, 1}));
  const auto& parameters = *static_cast<const TakeParameters*>(launch.parameter.data());
  EXPECT_EQ(parameters.units, 64);
  EXPECT_EQ(parameters.first_id, 64);
  EXPECT_EQ(parameters.num_ids, 3);
  call.bytes = 1 << 20;
  EXPECT_EQ(take_launch(call).config.grid, launch.config.grid);
  call.bytes = 1000;
  EXPECT_THROW(take_launch(call), Error);
}

using CudaSampleSource = lathe::testing::NeedsNvrtc;

TEST_F(CudaSampleSource, Compiles) {
  const cuda::Nvrtc nvrtc = cuda::Nvrtc::open();
  const cuda::CompiledKernel compiled =
      nvrtc.compile({.name = "sample", .source = sample_source(), .options = {}});
  std::vector<std::string> entries;
  for (const auto& entry : compiled.entries) entries.push_back(entry.entry);
  std::ranges::sort(entries);
  EXPECT_EQ(entries, (std::vector<std::string>{"feed", std::string(kSampleCode), "take"}));
}

}  // namespace
}  // namespace lathe::kernels
