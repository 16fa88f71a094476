// SPDX-License-Identifier: Apache-2.0
// The recipe of the GPU's sampler; what it draws is checked on one (tests/gpu).
#include "lathe/kernels/sample/cuda_sample.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "lathe/core/cuda/nvrtc.h"
#include "lathe/kernels/device_code.h"

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

TEST(CudaSample, SourceCompiles) {
  std::optional<cuda::Nvrtc> nvrtc;
  try {
    nvrtc = cuda::Nvrtc::open();
  } catch (const Error& error) {
    GTEST_SKIP() << "no NVRTC: " << error.message();
  }
  const cuda::CompiledKernel compiled =
      nvrtc->compile({.name = "sample", .source = sample_source(), .options = {}});
  std::vector<std::string> entries;
  for (const auto& entry : compiled.entries) entries.push_back(entry.entry);
  std::ranges::sort(entries);
  EXPECT_EQ(entries, (std::vector<std::string>{"feed", std::string(kSampleCode)}));
}

}  // namespace
}  // namespace lathe::kernels
