// SPDX-License-Identifier: Apache-2.0
#include "lathe/base/text.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

namespace lathe {
namespace {

TEST(TextNumbers, ExtremesAreWrittenWhole) {
  EXPECT_EQ(cat(std::numeric_limits<int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(cat(std::numeric_limits<uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(cat(int8_t{-128}, uint8_t{255}), "-128255");  // numbers, not characters
  EXPECT_EQ(cat(std::numeric_limits<double>::infinity(), -HUGE_VAL), "inf-inf");
  EXPECT_EQ(cat(5e-324, " ", -0.0), "5e-324 -0");
}

TEST(TextNumbers, EveryDoubleReadsBackTheSame) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 5000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (std::isnan(value)) continue;
    ASSERT_EQ(std::strtod(cat(value).c_str(), nullptr), value) << cat(value);
  }
}

TEST(TextNumbers, TheShortestDoubleOfAFloatIsThatFloat) {
  std::mt19937 random(4);
  for (int i = 0; i < 5000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<uint32_t>(random()));
    if (std::isnan(value)) continue;
    ASSERT_EQ(static_cast<float>(shortest_double(value)), value);
    ASSERT_LE(cat(shortest_double(value)).size(), 15U) << value;  // "-1.23456789e-38"
  }
}

TEST(TextLists, JoinPutsASeparatorBetweenEveryTwo) {
  using Parts = std::vector<std::string>;
  EXPECT_EQ(join(Parts{}, ", "), "");
  EXPECT_EQ(join(Parts{"a"}, ", "), "a");
  EXPECT_EQ(join(Parts{"a", "b", "c"}, ", "), "a, b, c");
  EXPECT_EQ(join(Parts{"", "b"}, ","), ",b");
  EXPECT_EQ(join(Parts{"", ""}, ","), ",");
  EXPECT_EQ(join(Parts{"a", ""}, ","), "a,");
}

TEST(TextLists, SplitKeepsEmptyParts) {
  using Parts = std::vector<std::string_view>;
  EXPECT_EQ(split("", ','), Parts{""});
  EXPECT_EQ(split("a", ','), Parts{"a"});
  EXPECT_EQ(split(",a,,b,", ','), (Parts{"", "a", "", "b", ""}));
}

TEST(TextLists, JoinUndoesSplit) {
  std::mt19937 random(5);
  for (int i = 0; i < 200; ++i) {
    std::string text;
    for (size_t n = random() % 9; n > 0; --n) text += "a,b"[random() % 3];
    std::vector<std::string> parts;
    for (const std::string_view part : split(text, ',')) parts.emplace_back(part);
    ASSERT_EQ(join(parts, ","), text);
  }
}

TEST(TextLists, TrimTakesBlanksFromBothEnds) {
  EXPECT_EQ(trim(" \t\r\na b\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim("\vx\v"), "\vx\v");
}

TEST(TextQuote, LongTextsAreCutWithADotsMark) {
  EXPECT_EQ(quote("abcd", 4), "'abcd'");
  EXPECT_EQ(quote("abcde", 4), "'abcd…'");
  EXPECT_EQ(quote(std::string(61, 'x')), "'" + std::string(60, 'x') + "…'");
}

TEST(TextQuote, ACutNeverSplitsACharacter) {
  EXPECT_EQ(quote("ab\xc3\xa9z", 3), "'ab…'");
  EXPECT_EQ(quote("ab\xc3\xa9z", 4), "'ab\xc3\xa9…'");
  EXPECT_EQ(quote("\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 7), "'\xf0\x9f\x98\x80…'");
}

TEST(TextQuote, EscapesWhatWouldBreakALine) {
  EXPECT_EQ(quote(std::string_view("\0\x1f\x7f", 3)), "'\\x00\\x1f\\x7f'");
  EXPECT_EQ(quote("it's\\"), "'it\\x27s\\x5c'");
}

TEST(TextNames, TheNearestOfSeveralWinsAndTheFirstOfEquals) {
  const std::vector<std::string> names = {"relu", "gelu", "silu", "softmax"};
  EXPECT_EQ(nearest_name("softmx", names), "softmax");
  EXPECT_EQ(nearest_name("gelu", names), "gelu");
  EXPECT_EQ(nearest_name("xelu", names), "relu");
  EXPECT_EQ(nearest_name("attention", names), "");
  EXPECT_EQ(nearest_name("relu", {}), "");
}

}  // namespace
}  // namespace lathe
