// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/merge_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace lathe::text {
namespace {

TEST(MergeTable, HoldsWhatWasAdded) {
  std::mt19937 random(1);
  std::map<std::pair<int32_t, int32_t>, Merge> expected;
  MergeTable table(5000);
  for (int32_t rank = 0; rank < 5000; ++rank) {
    const auto left = static_cast<int32_t>(random() % 300);
    const auto right = static_cast<int32_t>(random() % 300);
    table.add(left, right, {rank, rank + 1});
    expected.emplace(std::pair(left, right), Merge{rank, rank + 1});
  }
  for (int32_t left = 0; left < 300; ++left) {
    for (int32_t right = 0; right < 300; ++right) {
      const Merge* found = table.find(left, right);
      const auto known = expected.find({left, right});
      ASSERT_EQ(found != nullptr, known != expected.end()) << left << " " << right;
      if (found == nullptr) continue;
      ASSERT_EQ(found->rank, known->second.rank) << "the first entry of a pair stays";
      ASSERT_EQ(found->id, known->second.id);
    }
  }
}

TEST(MergeTable, OrderOfThePairMatters) {
  MergeTable table(1);
  table.add(1, 2, {0, 3});
  EXPECT_NE(table.find(1, 2), nullptr);
  EXPECT_EQ(table.find(2, 1), nullptr);
  EXPECT_EQ(table.find(1, 1), nullptr);
}

TEST(MergeTable, AnEmptyOneFindsNothing) {
  const MergeTable table;
  EXPECT_EQ(table.find(0, 0), nullptr);
  EXPECT_EQ(table.find(INT32_MAX, INT32_MAX), nullptr);
}

TEST(MergeTable, TakesTheGreatestIds) {
  MergeTable table(2);
  table.add(INT32_MAX, INT32_MAX, {0, 1});
  table.add(INT32_MAX, 0, {1, 2});
  EXPECT_EQ(table.find(INT32_MAX, INT32_MAX)->id, 1);
  EXPECT_EQ(table.find(INT32_MAX, 0)->id, 2);
  EXPECT_EQ(table.find(0, INT32_MAX), nullptr);
}

}  // namespace
}  // namespace lathe::text
