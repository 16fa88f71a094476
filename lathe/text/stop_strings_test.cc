// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/stop_strings.h"

#include <gtest/gtest.h>

#include "lathe/base/error.h"

namespace lathe::text {
namespace {

// What is shown of `text`, given byte by byte.
std::string shown(StopStrings stops, std::string_view text) {
  std::string out;
  for (const char byte : text) out += stops.push({&byte, 1});
  return stops.stopped() ? out : out + stops.finish();
}

TEST(StopStrings, WithoutAnyAllPasses) {
  StopStrings stops;
  EXPECT_EQ(stops.push("text"), "text");
  EXPECT_EQ(stops.finish(), "");
  EXPECT_FALSE(stops.stopped());
}

TEST(StopStrings, HoldsBackAPossibleBeginning) {
  StopStrings stops({"\nUser:"});
  EXPECT_EQ(stops.push("one\n"), "one");
  EXPECT_EQ(stops.push("Us"), "");
  EXPECT_EQ(stops.push("ual"), "\nUsual");
  EXPECT_EQ(stops.push("\nUser"), "");
  EXPECT_FALSE(stops.stopped());
  EXPECT_EQ(stops.push(": two"), "");
  EXPECT_EQ(stops.matched(), "\nUser:");
  EXPECT_EQ(stops.push("more"), "");
}

TEST(StopStrings, FinishGivesWhatWasHeld) {
  StopStrings stops({"end"});
  EXPECT_EQ(stops.push("the e"), "the ");
  EXPECT_EQ(stops.push("n"), "");
  EXPECT_EQ(stops.finish(), "en");
}

TEST(StopStrings, OverlappingBeginnings) {
  EXPECT_EQ(shown(StopStrings({"aab"}), "aaaab rest"), "aa");
  EXPECT_EQ(shown(StopStrings({"abcabd"}), "abcabcabd!"), "abc");
  EXPECT_EQ(shown(StopStrings({"abcabd"}), "abcabcab"), "abcabcab");
}

TEST(StopStrings, TheFirstToBeCompleteWins) {
  EXPECT_EQ(shown(StopStrings({"xyz", "y"}), "wxyz"), "wx");
  EXPECT_EQ(shown(StopStrings({"z", "xyz"}), "wxyz"), "w");  // of equals the longest
}

TEST(StopStrings, CutsBetweenCharacters) {
  StopStrings stops({"é!"});
  EXPECT_EQ(stops.push("caf"), "caf");
  EXPECT_EQ(stops.push("é"), "");
  EXPECT_EQ(stops.push("è"), "éè");
}

TEST(StopStrings, RefusesAnEmptyOne) { EXPECT_THROW(StopStrings({"a", ""}), Error); }

}  // namespace
}  // namespace lathe::text
