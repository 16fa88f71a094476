// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "lathe/builder/build.h"
#include "lathe/builder/lower/measure.h"
#include "lathe/graph/functions.h"
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

}  // namespace
}  // namespace lathe::builder
