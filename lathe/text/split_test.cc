// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/split.h"

#include <gtest/gtest.h>

#include "lathe/base/text.h"

namespace lathe::text {
namespace {

// The words of a text whose matches are given as positions, with | between them.
std::string words(std::string_view text, const std::vector<TextSpan>& matches,
                  SplitBehavior behavior, MatchSense sense = MatchSense::kMatches) {
  return join(split(text, matches, behavior, sense), "|");
}

// The matches of - in "-a--b".
const std::vector<TextSpan> kDashes = {{0, 1}, {2, 3}, {3, 4}};

TEST(Split, Behaviors) {
  EXPECT_EQ(words("-a--b", kDashes, SplitBehavior::kIsolated), "-|a|-|-|b");
  EXPECT_EQ(words("-a--b", kDashes, SplitBehavior::kRemoved), "a|b");
  EXPECT_EQ(words("-a--b", kDashes, SplitBehavior::kContiguous), "-|a|--|b");
  EXPECT_EQ(words("-a--b", kDashes, SplitBehavior::kMergedWithPrevious), "-|a-|-|b");
  EXPECT_EQ(words("-a--b", kDashes, SplitBehavior::kMergedWithNext), "-a|-|-b");
}

TEST(Split, GapsMayTakeTheMatchesPlace) {
  EXPECT_EQ(words("-a--b", kDashes, SplitBehavior::kRemoved, MatchSense::kGaps), "-|-|-");
  EXPECT_EQ(words("-a--b", kDashes, SplitBehavior::kMergedWithNext, MatchSense::kGaps), "-|a-|-|b");
  EXPECT_EQ(words("-a--b", kDashes, SplitBehavior::kMergedWithPrevious, MatchSense::kGaps),
            "-a|-|-b");
}

TEST(Split, WithoutMatchesTheTextIsOneWord) {
  for (const auto behavior :
       {SplitBehavior::kIsolated, SplitBehavior::kRemoved, SplitBehavior::kContiguous,
        SplitBehavior::kMergedWithPrevious, SplitBehavior::kMergedWithNext}) {
    EXPECT_EQ(words("ab", {}, behavior), "ab");
    EXPECT_EQ(words("", {}, behavior), "");
  }
  EXPECT_EQ(words("ab", {}, SplitBehavior::kRemoved, MatchSense::kGaps), "");
}

TEST(Split, AMatchMayBeAllOfTheText) {
  EXPECT_EQ(words("--", {{0, 2}}, SplitBehavior::kIsolated), "--");
  EXPECT_EQ(words("--", {{0, 2}}, SplitBehavior::kRemoved), "");
  EXPECT_EQ(words("--", {{0, 2}}, SplitBehavior::kMergedWithNext), "--");
}

TEST(Split, EmptyMatchesCutButGiveNoWord) {
  EXPECT_EQ(words("ab", {{0, 0}, {1, 1}, {2, 2}}, SplitBehavior::kIsolated), "a|b");
  EXPECT_EQ(words("ab", {{1, 1}}, SplitBehavior::kRemoved), "a|b");
}

TEST(Split, NothingIsLostUnlessRemoved) {
  const std::string text = "--a-bc--d-";
  const std::vector<TextSpan> matches = {{0, 1}, {1, 2}, {3, 4}, {6, 8}, {9, 10}};
  for (const auto behavior : {SplitBehavior::kIsolated, SplitBehavior::kContiguous,
                              SplitBehavior::kMergedWithPrevious, SplitBehavior::kMergedWithNext}) {
    for (const MatchSense sense : {MatchSense::kMatches, MatchSense::kGaps}) {
      EXPECT_EQ(join(split(text, matches, behavior, sense), ""), text);
    }
  }
}

}  // namespace
}  // namespace lathe::text
