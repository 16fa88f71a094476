// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <fstream>

#include "lathe/builder/build.h"
#include "lathe/builder/lower/measure.h"
#include "lathe/graph/functions.h"
#include "tests/support/error_code_of.h"
#include "tests/support/temp_dir.h"

namespace lathe::builder {
namespace {

TEST(TimingCache, KeepsTimesInItsFile) {
  const lathe::testing::TempDir dir;
  TimingCache cache(dir.path() / "times.json");
  EXPECT_FALSE(cache.find("a"));
  cache.put("a", 0.25);
  cache.save();
  EXPECT_EQ(TimingCache(dir.path() / "times.json").find("a"), 0.25);
}

TEST(TimingCache, RefusesAFileOfAnotherKind) {
  const lathe::testing::TempDir dir;
  const std::string message = lathe::testing::error_of(
      [&] { TimingCache{dir.write("times.json", R"({"version":7,"seconds":{}})")}; });
  EXPECT_NE(message.find("times.json: timing cache: expected version 1, got 7"), std::string::npos)
      << message;
}

// Its temporary neighbour's name would be too long for a file, its own is not.
std::filesystem::path unwritable_in(const lathe::testing::TempDir& dir) {
  return dir.path() / std::string(250, 't');
}

TEST(TimingCache, OneThatCannotBeMadeIsRefusedBeforeTheWork) {
  const lathe::testing::TempDir dir;
  const auto check = [&](const std::filesystem::path& path) { check_timing_cache(path); };
  check({});
  check(dir.path() / "times.json");
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
  const std::string message =
      lathe::testing::error_of([&] { check(dir.path() / "no/times.json"); });
  EXPECT_NE(message.find("no/times.json: cannot be written: No such file"), std::string::npos)
      << message;
  EXPECT_EQ(lathe::testing::code_of([&] { check(unwritable_in(dir)); }), ErrorCode::kUnavailable);
  std::ofstream(unwritable_in(dir)) << "";
  check(unwritable_in(dir));  // that is there may be read
}

graph::Network& add_linear(graph::Network& network) {
  const graph::Value x = network.input("x", {DType::kF32, {Dim::symbol("tokens"), 64}});
  const graph::Value w = network.parameter("w", {DType::kF32, {128, 64}});
  network.mark_output("y", linear(x, w));
  return network;
}

TEST(Timing, AFullCacheGivesThePlanAgainWithoutMeasuring) {
  const lathe::testing::TempDir dir;
  graph::Network network;
  BuildOptions options;
  options.timing_cache = dir.path() / "times.json";
  const engine::Plan first = build(add_linear(network), options).plan;
  const std::string times = read_file(options.timing_cache);
  EXPECT_NE(times.find("linear.cpu."), std::string::npos);
  EXPECT_EQ(build(network, options).plan, first);
  EXPECT_EQ(read_file(options.timing_cache), times);
}

TEST(Timing, TimesThatAreNotKeptAreAWarning) {
  const lathe::testing::TempDir dir;
  std::ofstream(unwritable_in(dir)) << R"({"version":1,"seconds":{}})";
  graph::Network network;
  BuildOptions options;
  options.timing_cache = unwritable_in(dir);
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(build(add_linear(network), options).plan.steps.size(), 1);
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("times of kernels are not kept for the next build: "), std::string::npos);
  EXPECT_NE(said.find("cannot be written: File name too long"), std::string::npos) << said;
  EXPECT_EQ(std::ranges::count(said, '\n'), 1) << said;
}

}  // namespace
}  // namespace lathe::builder
