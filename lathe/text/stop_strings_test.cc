// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/stop_strings.h"

#include <gtest/gtest.h>

#include <random>

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

// Every end of the text is asked for every stop string.
struct Stopped {
  std::string shown;
  std::optional<std::string> matched;
};
Stopped by_looking_everywhere(const std::vector<std::string>& stops, std::string_view text) {
  for (size_t end = 1; end <= text.size(); ++end) {
    std::optional<std::string> longest;
    for (const std::string& stop : stops) {
      const bool is_longer = !longest || stop.size() > longest->size();
      if (text.substr(0, end).ends_with(stop) && is_longer) longest = stop;
    }
    if (longest) return {std::string(text.substr(0, end - longest->size())), longest};
  }
  return {std::string(text), std::nullopt};
}

TEST(StopStrings, FindWhatLookingEverywhereFindsHoweverTheTextIsCut) {
  std::mt19937 random(3);
  const auto below = [&](size_t n) { return random() % n; };
  const auto text = [&](size_t most) {
    std::string out;
    for (size_t n = 1 + below(most); n > 0; --n) out += "ab"[below(2)];
    return out;
  };
  int stopped = 0;
  for (int i = 0; i < 3000; ++i) {
    std::vector<std::string> stops;
    for (size_t n = 1 + below(3); n > 0; --n) stops.push_back(text(6));
    const std::string whole = text(24);
    const Stopped expected = by_looking_everywhere(stops, whole);
    StopStrings found(stops);
    std::string shown;
    for (std::string_view rest = whole; !rest.empty();) {
      const size_t piece = std::min<size_t>(rest.size(), 1 + below(5));
      shown += found.push(rest.substr(0, piece));
      ASSERT_TRUE(expected.shown.starts_with(shown)) << "shown too early";
      rest.remove_prefix(piece);
    }
    if (!found.stopped()) shown += found.finish();
    ASSERT_EQ(shown, expected.shown) << whole;
    ASSERT_EQ(found.matched(), expected.matched) << whole;
    stopped += found.stopped() ? 1 : 0;
  }
  EXPECT_GT(stopped, 1000);
  EXPECT_LT(stopped, 2900);
}

TEST(StopStrings, RefusesAnEmptyOne) { EXPECT_THROW(StopStrings({"a", ""}), Error); }

}  // namespace
}  // namespace lathe::text
