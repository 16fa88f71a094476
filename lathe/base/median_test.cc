// SPDX-License-Identifier: Apache-2.0
#include "lathe/base/median.h"

#include <gtest/gtest.h>

namespace lathe {
namespace {

TEST(Median, IsTheMiddleWhateverTheOrder) {
  EXPECT_EQ(median({7}), 7);
  EXPECT_EQ(median({9, -1, 4}), 4);
  EXPECT_EQ(median({4, 1, 3, 2}), 3);
  EXPECT_EQ(median({5, 5, 1, 5, 0}), 5);
}

}  // namespace
}  // namespace lathe
