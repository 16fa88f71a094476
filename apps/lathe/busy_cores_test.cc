// SPDX-License-Identifier: Apache-2.0
#include "busy_cores.h"

#include <gtest/gtest.h>

#include <chrono>

#include "lathe/base/core_use.h"

namespace lathe::app {
namespace {

TEST(BusyCores, TakesACoreAsItsOwnUse) {
  const CoreUse begin = CoreUse::now();
  {
    const BusyCores busy(1);
    EXPECT_EQ(busy.count(), 1);
    // However little the machine gives us: some of it in the end.
    while (CoreUse::now().own - begin.own < 0.05) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  const CoreUse end = CoreUse::now();
  EXPECT_LE(end.own - begin.own, end.wall - begin.wall + 0.05) << "more than one core";
}

TEST(BusyCores, HasNoMoreThanTheMachine) {
  EXPECT_EQ(BusyCores(0).count(), 0);
  EXPECT_LE(BusyCores(1024).count(), CoreUse::now().cores);
}

}  // namespace
}  // namespace lathe::app
