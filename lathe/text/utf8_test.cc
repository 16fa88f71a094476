// SPDX-License-Identifier: Apache-2.0
// Reading UTF-8 with suspicion: the bounds of every range of Unicode's table 3-7.
#include "lathe/text/utf8.h"

#include <gtest/gtest.h>

namespace lathe::text {
namespace {

using Kind = Utf8Step::Kind;

struct Case {
  std::string_view bytes;
  Kind kind;
  size_t taken;
  char32_t code = kReplacement;
};

TEST(Utf8, BoundsOfTheTable) {
  const Case cases[] = {
      {"\x7F", Kind::kCharacter, 1, 0x7F},
      {"\xC2\x80", Kind::kCharacter, 2, 0x80},
      {"\xDF\xBF", Kind::kCharacter, 2, 0x7FF},
      {"\xE0\xA0\x80", Kind::kCharacter, 3, 0x800},
      {"\xED\x9F\xBF", Kind::kCharacter, 3, 0xD7FF},
      {"\xEE\x80\x80", Kind::kCharacter, 3, 0xE000},
      {"\xEF\xBF\xBF", Kind::kCharacter, 3, 0xFFFF},
      {"\xF0\x90\x80\x80", Kind::kCharacter, 4, 0x10000},
      {"\xF4\x8F\xBF\xBF", Kind::kCharacter, 4, 0x10FFFF},
      {"\x80", Kind::kInvalid, 1},
      {"\xBF", Kind::kInvalid, 1},
      {"\xC0\x80", Kind::kInvalid, 1},
      {"\xC1\xBF", Kind::kInvalid, 1},
      {"\xC2\x7F", Kind::kInvalid, 1},
      {"\xC2\xC0", Kind::kInvalid, 1},
      {"\xE0\x9F\xBF", Kind::kInvalid, 1},
      {"\xED\xA0\x80", Kind::kInvalid, 1},
      {"\xE1\x80\x7F", Kind::kInvalid, 2},
      {"\xF0\x8F\xBF\xBF", Kind::kInvalid, 1},
      {"\xF4\x90\x80\x80", Kind::kInvalid, 1},
      {"\xF1\x80\x80\x41", Kind::kInvalid, 3},
      {"\xF5\x80\x80\x80", Kind::kInvalid, 1},
      {"\xFF", Kind::kInvalid, 1},
      {"\xC2", Kind::kUnfinished, 1},
      {"\xE1\x80", Kind::kUnfinished, 2},
      {"\xF1\x80\x80", Kind::kUnfinished, 3},
      {"\xF4\x8F", Kind::kUnfinished, 2},
  };
  for (const Case& test : cases) {
    const Utf8Step step = read_utf8(test.bytes);
    EXPECT_EQ(step.kind, test.kind) << ::testing::PrintToString(test.bytes);
    EXPECT_EQ(step.bytes, test.taken) << ::testing::PrintToString(test.bytes);
    EXPECT_EQ(step.code, test.code) << ::testing::PrintToString(test.bytes);
  }
}

TEST(Utf8, EveryCharacterSurvives) {
  for (char32_t code = 0; code <= kMaxCodePoint; code += 5) {
    if (code >= 0xD800 && code < 0xE000) continue;
    std::string text;
    append_utf8(text, code);
    const Utf8Step step = read_utf8(text);
    ASSERT_EQ(step.kind, Utf8Step::Kind::kCharacter);
    ASSERT_EQ(step.code, code);
    ASSERT_EQ(step.bytes, text.size());
  }
}

// The table of Unicode's chapter 3.9 on maximal parts, and more.
TEST(Utf8, InvalidPartsAreReplacedOneByOne) {
  EXPECT_EQ(to_utf8("a\xF1\x80\x80\xE1\x80\xC2"
                    "b\x80"
                    "c\x80\xBF"
                    "d"),
            "a\uFFFD\uFFFD\uFFFDb\uFFFDc\uFFFD\uFFFDd");
  EXPECT_EQ(to_utf8("\xC0\xAF"), "\uFFFD\uFFFD");            // overlong
  EXPECT_EQ(to_utf8("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(to_utf8("\xF4\x90\x80\x80").size(), 4u * 3);     // beyond U+10FFFF
  EXPECT_EQ(to_utf8("x\xF0\x9F\x91"), "x\uFFFD");            // unfinished
  EXPECT_FALSE(is_utf8("\xFF"));
  EXPECT_TRUE(is_utf8("é\U0010FFFF"));
}

TEST(Utf8, WhatComesBehindACharacterDoesNotMatter) {
  EXPECT_EQ(read_utf8("a\xFF").bytes, 1u);
  EXPECT_EQ(read_utf8("\xC3\xA9\xC3").code, U'é');
}

TEST(Utf8, SizeEndsAtTheFirstBrokenCharacter) {
  EXPECT_EQ(utf8_size("aé漢"), 6u);
  EXPECT_EQ(utf8_size("aé\xE6\xBC"), 3u);
  EXPECT_EQ(utf8_size("a\xFFz"), 1u);
  EXPECT_EQ(utf8_size("\x80"), 0u);
  EXPECT_EQ(utf8_size(""), 0u);
  EXPECT_TRUE(is_utf8(""));
  EXPECT_FALSE(is_utf8("a\xC3"));
}

TEST(Utf8, DecodingReplacesAndEncodingDoesNotCare) {
  EXPECT_EQ(decode_utf8("aé\xFF\xE1\x80z"), U"aé\uFFFD\uFFFDz");
  EXPECT_EQ(encode_utf8(U"aé漢😀"), "aé漢😀");
  EXPECT_EQ(encode_utf8(U""), "");
  EXPECT_EQ(to_utf8("\xE1\x80"), "\uFFFD");
  EXPECT_EQ(to_utf8("fine é"), "fine é");
}

}  // namespace
}  // namespace lathe::text
