// SPDX-License-Identifier: Apache-2.0
#include "lathe/base/core_use.h"

#include <gtest/gtest.h>

#include "lathe/base/clock.h"

namespace lathe {
namespace {

constexpr double kTicks = 100;

CoreUse after(const CoreUse& begin, double wall, double busy, double own) {
  CoreUse out = begin;
  out.wall += wall;
  out.busy += busy;
  out.own += own;
  return out;
}

constexpr CoreUse kBegin = {.wall = 100, .busy = 50, .own = 20, .cores = 4};

TEST(CoreUse, CountsEveryKindOfTimeButIdleAndWaiting) {
  //               user nice system idle iowait irq softirq steal guest guest_nice
  EXPECT_DOUBLE_EQ(
      busy_seconds("cpu  100 20 30 9999 8888 4 5 6 70 80\ncpu0 1 2 3 4 5 6 7 8\n", kTicks), 1.65);
}

TEST(CoreUse, SeesNothingWhereTheFirstLineIsNoSum) {
  for (const char* text :
       {"", "cpu", "cpu0 1 2 3 4 5 6 7 8\n", "cpu  1 2 3\n", "intr 5\ncpu  1\n"}) {
    EXPECT_EQ(busy_seconds(text, kTicks), 0) << text;
  }
}

TEST(CoreUse, ReadsHowLongAThreadWaited) {
  EXPECT_DOUBLE_EQ(delayed_seconds("7000000000 2500000000 31"), 2.5);
  for (const char* text : {"", "1 2", "x"}) EXPECT_EQ(delayed_seconds(text), 0) << text;
}

TEST(CoreUse, TakesTheShareOfAllCores) {
  EXPECT_DOUBLE_EQ(share_of_others(kBegin, after(kBegin, 2, 6, 4)), 0.25);  // 2 of 8 core seconds
  EXPECT_DOUBLE_EQ(share_of_others(kBegin, after(kBegin, 2, 4, 4)), 0);
  EXPECT_DOUBLE_EQ(share_of_others(kBegin, after(kBegin, 2, 3, 4)), 0);  // a tick late
  EXPECT_DOUBLE_EQ(share_of_others(kBegin, kBegin), 0);
}

TEST(CoreUse, IsContendedAboveThreePerCent) {
  EXPECT_TRUE(is_contended(kBegin, after(kBegin, 1, 4, 3.8)));        // 0.2 of 4 s
  EXPECT_FALSE(is_contended(kBegin, after(kBegin, 1, 4, 3.9)));       // 0.1 of 4 s
  EXPECT_FALSE(is_contended(kBegin, after(kBegin, 0.1, 0.4, 0.37)));  // 7 %, but three ticks
}

TEST(CoreUse, BelievesAWaitingThreadInATimeOfFewTicks) {
  CoreUse end = after(kBegin, 0.1, 0.4, 0.37);
  end.delayed += 0.02;  // of 0.4 s
  EXPECT_TRUE(is_contended(kBegin, end));
  EXPECT_NEAR(share_of_others(kBegin, end), 0.05, 1e-9);
  end.delayed = kBegin.delayed + 0.01;
  EXPECT_FALSE(is_contended(kBegin, end));
}

void work_for(double seconds) {
  volatile double sum = 0;
  for (const Stopwatch watch; watch.seconds() < seconds;) sum = sum + 1;
}

TEST(CoreUse, CountsItsOwnWorkAsItsOwn) {
  const CoreUse begin = CoreUse::now();
  work_for(0.1);
  const CoreUse end = CoreUse::now();
  EXPECT_GE(end.wall - begin.wall, 0.1);
  EXPECT_GT(end.own - begin.own, 0.01);
  // The counters of all and of this process agree to some ticks.
  EXPECT_GE(end.busy - begin.busy, end.own - begin.own - 0.05);
}

}  // namespace
}  // namespace lathe
