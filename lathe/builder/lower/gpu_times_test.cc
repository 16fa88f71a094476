// SPDX-License-Identifier: Apache-2.0
// Kernel choice by times of a GPU that is host memory: what is timed, what is kept, and that a
// build without the GPU makes the same of it.
#include "lathe/builder/lower/gpu_times.h"

#include <gtest/gtest.h>

#include "lathe/builder/build.h"
#include "lathe/builder/lower/kernel_choice.h"
#include "lathe/builder/tune.h"
#include "lathe/graph/functions.h"
#include "tests/support/error_code_of.h"
#include "tests/support/timed_gpu.h"

namespace lathe::builder {
namespace {

using testing::error_of;
using testing::FakeGpu;
using Ranges = std::vector<std::pair<int64_t, std::string>>;

class OnAFakeGpu : public lathe::testing::TimedGpu {
 protected:
  explicit OnAFakeGpu(const FakeGpu::Options& gpu = {}) : TimedGpu(gpu) {
    const graph::Value x = network.input("x", {DType::kBf16, {Dim::symbol("tokens"), 64}});
    const graph::Value w = network.parameter("w", {DType::kBf16, {128, 64}});
    network.mark_output("y", linear(x, w));
    options.targets = {{.device = DeviceKind::kCuda, .sm = 90}};
    options.compile.compiler = compiler.path();
    takes("linear_1", 2), takes("linear_2", 2), takes("linear_4", 0.5f), takes("linear_8", 0.5f);
    takes("linear_pair", 2), takes("linear_split_16", 1), takes("linear_split_32", 1),
        takes("linear_split_64", 1);
    takes("linear_tile_128", 3), takes("linear_tile_256", 4);
  }
  engine::Plan built(std::shared_ptr<const cuda::Device> gpu) {
    options.gpu = std::move(gpu);
    return build(network, options).plan;
  }
  static Ranges ranges_of(const engine::Plan& plan) {
    Ranges out;
    for (const engine::KernelChoice& choice : plan.steps[0].kernels[0].choices) {
      out.emplace_back(choice.up_to_tokens, choice.kernel);
    }
    return out;
  }

  const Ranges fastest = {{2, "linear.cuda.sm90.split"},
                          {8, "linear.cuda.sm90.few"},
                          {64, "linear.cuda.sm90.split"},
                          {0, "linear.cuda.sm90.tile128"}};
  const Ranges preferred = {{8, "linear.cuda.sm90.few"},
                            {16, "linear.cuda.sm90.pair"},
                            {64, "linear.cuda.sm90.split"},
                            {128, "linear.cuda.sm90.tile128"},
                            {0, "linear.cuda.sm90.tile256"}};
  graph::Network network;
  BuildOptions options;
};

TEST_F(OnAFakeGpu, TheFastestServesEachRange) {
  EXPECT_EQ(ranges_of(built(fake.open())), fastest);
  EXPECT_EQ(ranges_of(built(nullptr)), preferred);
  EXPECT_TRUE(fake.all_freed());
}

TEST_F(OnAFakeGpu, TheCacheGivesThePlanAgainWithoutTheGpu) {
  options.timing_cache = dir.path() / "times.json";
  const engine::Plan first = built(fake.open());
  const std::string times = read_file(options.timing_cache);
  EXPECT_NE(times.find("cuda Fake (sm_90a): linear.cuda.sm90.few/"), std::string::npos) << times;
  EXPECT_EQ(built(nullptr), first);
  fake.launched.clear();
  EXPECT_EQ(built(fake.open()), first);
  EXPECT_TRUE(fake.launched.empty()) << "every time is known";
  EXPECT_EQ(read_file(options.timing_cache), times);
}

TEST_F(OnAFakeGpu, TimesOfAnotherGpuAreNotThisOnes) {
  options.timing_cache = dir.path() / "times.json";
  built(fake.open());
  std::string times = read_file(options.timing_cache);
  for (size_t at = times.find("Fake"); at != std::string::npos; at = times.find("Fake", at)) {
    times.replace(at, 4, "Other");
  }
  write_file(options.timing_cache, times);
  EXPECT_EQ(ranges_of(built(nullptr)), fastest) << "the only one of the architecture";
  built(fake.open());
  EXPECT_EQ(error_of([&] { built(nullptr); }),
            "--timing-cache: expected times of one sm_90a device where there is none, got those of "
            "Fake, Other");
}

TEST_F(OnAFakeGpu, ChainsAreGraphsOfOverlappingLaunchesOverRotatedWeights) {
  built(fake.open());
  std::set<std::string> of_few;
  for (const FakeGpu::Launch& launch : fake.launches) {
    EXPECT_EQ(launch.config.overlap, cuda::Overlap::kProgrammatic) << launch.entry;
    if (launch.entry != "linear_1") continue;
    of_few.emplace(reinterpret_cast<const char*>(launch.parameter.data()), sizeof(void*));
  }
  EXPECT_EQ(of_few.size(), 48u) << "each launch of a chain has a weight of its own";
}

class OnASmallFakeGpu : public OnAFakeGpu {
 protected:
  OnASmallFakeGpu() : OnAFakeGpu({.memory_bytes = size_t{64} << 20}) {}
};

TEST_F(OnASmallFakeGpu, TheCostModelChooses) {
  EXPECT_EQ(ranges_of(built(fake.open())), preferred);
}

TEST_F(OnAFakeGpu, WhatTheBudgetLeavesOverIsNotTimed) {
  engine::Plan plan = built(nullptr);
  TimingCache cache;
  GpuTimes times(
      cache, {.device = fake.open(), .compile = {.compiler = compiler.path()}, .most_seconds = -1});
  choose_kernels(plan, {.token_ranges = times.token_ranges(),
                        .estimate = times.estimator(),
                        .prepare = [&](auto candidates) { times.measure(candidates); }});
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_EQ(ranges_of(plan), preferred);
}

TEST_F(OnAFakeGpu, AnInterruptEndsTheMeasuring) {
  int asked = 0;
  options.check = [&] {
    if (++asked == 3) fail(ErrorCode::kUnavailable, "enough");
  };
  EXPECT_EQ(error_of([&] { built(fake.open()); }), "enough");
  EXPECT_TRUE(fake.all_freed());
}

TEST_F(OnAFakeGpu, TuningGivesThePlanThatABuildWithTheTimesGives) {
  const engine::Plan plan = built(nullptr);
  options.timing_cache = dir.path() / "times.json";
  TimingCache cache(options.timing_cache);
  Tuned tuned = tune(plan, cache, {.gpu = fake.open(), .compile = options.compile});
  cache.save();
  ASSERT_EQ(tuned.report.changes.size(), 6u);  // up to 1, 2, 16, 256, 1024 and any number
  finish(tuned.plan, options.compile);
  EXPECT_EQ(tuned.plan, built(nullptr));
  const TunedChoice& first = tuned.report.changes[0];
  EXPECT_EQ(first.before, "linear.cuda.sm90.few");
  EXPECT_EQ(first.after, "linear.cuda.sm90.split");
  EXPECT_EQ(first.up_to_tokens, 1);
  EXPECT_NEAR(first.before_us, 2e3 / 48, 1e-3);
  EXPECT_NEAR(first.after_us, 1e3 / 48, 1e-3);
  const Tuned again = tune(tuned.plan, cache, {.gpu = fake.open(), .compile = options.compile});
  EXPECT_EQ(again.report.measured, 0);
  EXPECT_TRUE(again.report.changes.empty());
}

}  // namespace
}  // namespace lathe::builder
