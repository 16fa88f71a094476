// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/tune.h"

#include <gtest/gtest.h>

#include "lathe/base/json.h"
#include "lathe/builder/build.h"
#include "lathe/graph/functions.h"
#include "lathe/kernels/kernel.h"
#include "tests/support/error_code_of.h"
#include "tests/support/temp_dir.h"

namespace lathe::builder {
namespace {

class Tune : public ::testing::Test {
 protected:
  Tune() {
    const graph::Value x = network.input("x", {DType::kF32, {Dim::symbol("tokens"), 64}});
    const graph::Value first = network.parameter("first", {DType::kF32, {128, 64}});
    const graph::Value second = network.parameter("second", {DType::kF32, {64, 128}});
    network.mark_output("y", linear(linear(x, first), second));
    options.targets = {{.device = DeviceKind::kCpu, .isa = kernels::machine_isa()}};
  }
  TuneReport tune_engine() {
    TimingCache cache(times);
    TuneReport report = tune(build(network, options).plan, cache, {}).report;
    cache.save();
    return report;
  }
  // The kernels that a build with the cache takes, a step each.
  std::vector<std::string> rebuilt() {
    BuildOptions with_cache = options;
    with_cache.timing_cache = times;
    std::vector<std::string> out;
    for (const engine::PlanStep& step : build(network, with_cache).plan.steps) {
      out.push_back(step.kernels[0].choices.back().kernel);
    }
    return out;
  }
  // Makes one kernel the fastest, whatever was measured.
  void favour(std::string_view kernel) {
    const Json json = Json::parse(read_file(times), "times");
    TimingCache cache(times);
    for (const auto& [key, seconds] : json.at("seconds").as_object()) {
      cache.put(key, key.find(kernel) == std::string::npos ? 1.0 : 1e-9);
    }
    cache.save();
  }

  const lathe::testing::TempDir dir;
  const std::filesystem::path times = dir.path() / "times.json";
  graph::Network network;
  BuildOptions options;
};

TEST_F(Tune, MeasuresWhatABuildWouldAndNothingTwice) {
  const TuneReport first = tune_engine();
  EXPECT_GT(first.measured, 0);
  EXPECT_EQ(first.known, first.measured);
  const std::string file = read_file(times);
  const TuneReport again = tune_engine();
  EXPECT_EQ(again.measured, 0);
  EXPECT_EQ(again.known, first.known);
  rebuilt();
  EXPECT_EQ(read_file(times), file) << "the build found every time";
}

TEST_F(Tune, ARebuildTakesTheKernelsThatItReports) {
  tune_engine();
  const std::vector<std::string> before = rebuilt();
  const Json json = Json::parse(read_file(times), "times");
  // Another candidate of the same problems than the one that has won.
  std::string other;
  for (const kernels::Kernel* kernel : kernels::kernels_for("linear")) {
    const bool timed = read_file(times).find(cat(" ", kernel->name, " ")) != std::string::npos;
    if (timed && kernel->name != before[0]) other = kernel->name;
  }
  if (other.empty()) GTEST_SKIP() << "this machine has one candidate alone";
  favour(other);
  const TuneReport report = tune_engine();
  EXPECT_EQ(report.measured, 0);
  EXPECT_EQ(rebuilt(), std::vector<std::string>(2, other));
  const engine::Plan plan = build(network, options).plan;
  if (plan.steps[0].kernels[0].choices.back().kernel == other) {
    EXPECT_TRUE(report.changes.empty());
  } else {
    ASSERT_FALSE(report.changes.empty());
    EXPECT_EQ(report.changes[0].op, "linear");
    EXPECT_EQ(report.changes[0].target, cat("cpu ", to_string(kernels::machine_isa())));
    EXPECT_EQ(report.changes[0].after, other);
    EXPECT_EQ(report.changes[0].steps, 2);
  }
}

TEST_F(Tune, AFinishedPlanStaysAsItIs) {
  const engine::Plan plan = build(network, options).plan;
  engine::Plan copy = plan;
  TimingCache cache(times);
  tune(copy, cache, {});
  EXPECT_EQ(copy, plan);
}

TEST_F(Tune, RefusesAGpusPlanWithoutAGpu) {
  engine::Plan plan = build(network, options).plan;
  plan.targets = {{.device = DeviceKind::kCuda, .isa = {}, .sm = 90}};
  TimingCache cache(times);
  EXPECT_EQ(lathe::testing::code_of([&] { tune(plan, cache, {}); }), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace lathe::builder
