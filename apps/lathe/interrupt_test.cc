// SPDX-License-Identifier: Apache-2.0
#include "interrupt.h"

#include <gtest/gtest.h>

#include <csignal>
#include <thread>

namespace lathe::app {
namespace {

int signal_of(const InterruptWatch& watch) {
  try {
    watch.check();
  } catch (const Interrupted& interrupted) {
    return interrupted.signal;
  }
  return 0;
}

TEST(InterruptWatch, TellsWhichSignalCame) {
  InterruptWatch watch({SIGINT, SIGTERM});
  EXPECT_FALSE(watch.pressed());
  EXPECT_EQ(signal_of(watch), 0);
  for (const int number : {SIGINT, SIGTERM}) {
    std::raise(number);
    EXPECT_TRUE(watch.pressed());
    EXPECT_EQ(watch.signal(), number);
    EXPECT_EQ(signal_of(watch), number);
    watch.forget();
    EXPECT_FALSE(watch.pressed());
  }
}

TEST(InterruptWatch, IsAskedOnAnyThread) {
  const InterruptWatch watch;
  std::raise(SIGINT);
  int seen = 0;
  std::thread([&] { seen = signal_of(watch); }).join();
  EXPECT_EQ(seen, SIGINT);
}

TEST(InterruptWatch, OneBeginsWithoutWhatTheOtherSaw) {
  {
    const InterruptWatch watch;
    std::raise(SIGINT);
  }
  EXPECT_FALSE(InterruptWatch().pressed());
}

volatile sig_atomic_t seen_before = 0;

TEST(InterruptWatch, GivesBackWhatWasThere) {
  std::signal(SIGINT, [](int) { seen_before = 1; });
  { const InterruptWatch watch; }
  std::raise(SIGINT);
  EXPECT_EQ(seen_before, 1);
  std::signal(SIGINT, SIG_DFL);
}

TEST(InterruptWatch, LeavesWhatIsIgnored) {
  std::signal(SIGINT, SIG_IGN);
  {
    const InterruptWatch watch;
    std::raise(SIGINT);
    EXPECT_FALSE(watch.pressed());
  }
  EXPECT_EQ(std::signal(SIGINT, SIG_DFL), SIG_IGN);
}

}  // namespace
}  // namespace lathe::app
