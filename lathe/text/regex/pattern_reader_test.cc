// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/regex/pattern_reader.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace lathe::text {
namespace {

using testing::error_of;
using Range = CodePointSet::Range;

CodePointSet escape(std::string_view text) { return PatternReader(text).take_escape(); }

// What stands behind the opening bracket.
CodePointSet brackets(std::string_view text, bool ignore_case = false) {
  return PatternReader(text).take_brackets(ignore_case);
}

TEST(PatternReader, EscapesOfSingleCharacters) {
  const std::pair<std::string_view, char32_t> cases[] = {
      {"n", '\n'}, {"r", '\r'},  {"t", '\t'},        {"f", '\f'},     {"v", '\v'}, {"a", '\a'},
      {"e", 0x1B}, {"x41", 'A'}, {"x{1F600}", U'😀'}, {"u00e9", U'é'}, {".", '.'},  {"\\", '\\'},
      {"-", '-'},  {"]", ']'},   {"é", U'é'},        {"x{0}", 0},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(escape(test.first), (CodePointSet{{test.second, test.second}})) << test.first;
  }
}

TEST(PatternReader, EscapesOfSets) {
  EXPECT_EQ(escape("s"), space_set());
  EXPECT_EQ(escape("S"), space_set().complement());
  EXPECT_EQ(escape("d"), digit_set());
  EXPECT_EQ(escape("D"), digit_set().complement());
  EXPECT_EQ(escape("w"), word_set());
  EXPECT_EQ(escape("W"), word_set().complement());
  EXPECT_EQ(escape("h"), (CodePointSet{{'0', '9'}, {'A', 'F'}, {'a', 'f'}}));
  EXPECT_EQ(escape("p{Lu}"), *category_set("Lu"));
  EXPECT_EQ(escape("P{Lu}"), category_set("Lu")->complement());
  EXPECT_EQ(escape("p{^Lu}"), category_set("Lu")->complement());
  EXPECT_EQ(escape("P{^Lu}"), *category_set("Lu"));
}

TEST(PatternReader, BracketsHoldCharactersRangesAndSets) {
  EXPECT_EQ(brackets("abc]"), (CodePointSet{{'a', 'c'}}));
  EXPECT_EQ(brackets("a-cx]"), (CodePointSet{{'a', 'c'}, {'x', 'x'}}));
  EXPECT_EQ(brackets("a-]"), (CodePointSet{{'-', '-'}, {'a', 'a'}}));
  EXPECT_EQ(brackets("-a]"), (CodePointSet{{'-', '-'}, {'a', 'a'}}));
  EXPECT_EQ(brackets("\\]\\-]"), (CodePointSet{{'-', '-'}, {']', ']'}}));
  EXPECT_EQ(brackets("^a]"), (CodePointSet{{'a', 'a'}}).complement());
  EXPECT_EQ(brackets("é-ü]"), (CodePointSet{{U'é', U'ü'}}));
  EXPECT_EQ(brackets("\\x{41}-\\x{43}]"), (CodePointSet{{'A', 'C'}}));
  EXPECT_TRUE(brackets("\\d_]").contains(U'٣'));
  EXPECT_TRUE(brackets("\\d_]").contains('_'));
  EXPECT_EQ(brackets("^\\S]"), space_set());
}

TEST(PatternReader, CaseIsFoldedForAsciiAndTheTwoThatFoldToIt) {
  EXPECT_EQ(brackets("a-b]", true), (CodePointSet{{'A', 'B'}, {'a', 'b'}}));
  EXPECT_EQ(fold_case({{'s', 's'}}), (CodePointSet{{'S', 'S'}, {'s', 's'}, {0x17F, 0x17F}}));
  EXPECT_EQ(fold_case({{0x212A, 0x212A}}),
            (CodePointSet{{'K', 'K'}, {'k', 'k'}, {0x212A, 0x212A}}));
  EXPECT_EQ(fold_case({{'1', '1'}}), (CodePointSet{{'1', '1'}}));
  EXPECT_EQ(fold_case({{U'é', U'é'}}), (CodePointSet{{U'é', U'é'}}));
  EXPECT_FALSE(brackets("^a]", true).contains('A')) << "folded, then turned round";
}

TEST(PatternReader, TakesWhatStandsThereAndNothingElse) {
  PatternReader reader("(?:é}x");
  EXPECT_FALSE(reader.take("(?="));
  EXPECT_TRUE(reader.take("(?:"));
  EXPECT_EQ(reader.peek(), '\xC3');
  EXPECT_EQ(reader.take_code("a character"), U'é');
  EXPECT_EQ(reader.take_until('}'), "");
  EXPECT_FALSE(reader.at_end());
  EXPECT_TRUE(reader.take("x"));
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(reader.peek(), '\0');
}

TEST(PatternReader, RefusalsNameTheByte) {
  const std::pair<std::string_view, std::string_view> escapes[] = {
      {"", "regular expression '': byte 0: expected a character after \\, got the end"},
      {"b", "regular expression 'b': byte 1: \\b is not known here"},
      {"1", "regular expression '1': byte 1: \\1 is not known here"},
      {"x4", "regular expression 'x4': byte 1: expected a hexadecimal code point, got '4'"},
      {"xZZ", "regular expression 'xZZ': byte 1: expected a hexadecimal code point, got 'ZZ'"},
      {"x{110000}",
       "regular expression 'x{110000}': byte 9: expected a hexadecimal code point, got '110000'"},
      {"x{41", "regular expression 'x{41': byte 2: no closing }"},
      {"p{Greek}",
       "regular expression 'p{Greek}': byte 8: \\p{Greek}: expected a general category"},
      {"p{", "regular expression 'p{': byte 2: no closing }"},
  };
  for (const auto& test : escapes) {
    EXPECT_EQ(error_of([&] { escape(test.first); }), test.second);
  }
  const std::pair<std::string_view, std::string_view> sets[] = {
      {"a", "regular expression 'a': byte 1: expected ], got the end"},
      {"b-a]", "regular expression 'b-a]': byte 3: not a range of characters"},
      {"\\d-z]", "regular expression '\\x5cd-z]': byte 4: not a range of characters"},
      {"a[b]]", "regular expression 'a[b]]': byte 1: [ inside of brackets"},
      {"a&&b]", "regular expression 'a&&b]': byte 3: && inside of brackets"},
  };
  for (const auto& test : sets) EXPECT_EQ(error_of([&] { brackets(test.first); }), test.second);
}

}  // namespace
}  // namespace lathe::text
