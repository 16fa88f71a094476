// SPDX-License-Identifier: Apache-2.0
#include "lathe/toolchain/phases.h"

#include <gtest/gtest.h>

#include <memory>

namespace lathe::toolchain {
namespace {

// Memory that a phase has given back before its end is part of that phase's peak alone.
TEST(Phases, EachHasItsOwnTimeAndPeak) {
  constexpr int64_t kBytes = int64_t{64} << 20;
  Phases phases;
  phases.begin("small");
  phases.begin("great");
  {
    const auto memory = std::make_unique<char[]>(kBytes);
    for (int64_t i = 0; i < kBytes; i += 4096) memory[static_cast<size_t>(i)] = 1;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  phases.begin("small again");
  const engine::BuildRecord record = phases.finish();
  ASSERT_EQ(record.phases.size(), 3u);
  EXPECT_EQ(record.phases[0].name, "small");
  EXPECT_GE(record.phases[1].seconds, 0.02);
  EXPECT_GE(record.phases[1].peak_bytes, record.phases[0].peak_bytes + kBytes / 2);
  EXPECT_LE(record.phases[2].peak_bytes, record.phases[1].peak_bytes - kBytes / 2);
  EXPECT_EQ(record.peak_bytes, record.phases[1].peak_bytes);
  double sum = 0;
  for (const engine::BuildPhase& phase : record.phases) sum += phase.seconds;
  EXPECT_LE(sum, record.seconds);
  EXPECT_GE(sum, record.seconds * 0.9);
}

}  // namespace
}  // namespace lathe::toolchain
