// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/regex/regex.h"

#include <gtest/gtest.h>

#include "lathe/base/error.h"

namespace lathe::text {
namespace {

// The matches of a pattern, with | between them.
std::string matches(std::string_view pattern, std::string_view text) {
  const Regex regex(pattern);
  Regex::Finder finder(regex);
  std::string out;
  for (const TextSpan& span : finder.find_all(text)) {
    if (!out.empty()) out += '|';
    out += text.substr(span.begin, span.end - span.begin);
  }
  return out;
}

TEST(Regex, PositionsAreBytes) {
  const Regex regex("\\p{L}+");
  Regex::Finder finder(regex);
  EXPECT_EQ(finder.find_all("é 漢字"), (std::vector<TextSpan>{{0, 2}, {3, 9}}));
  EXPECT_EQ(finder.find_all(""), std::vector<TextSpan>{});
}

TEST(Regex, Sets) {
  EXPECT_EQ(matches("[a-c\\d]+", "abc12x3٣"), "abc12|3٣");
  EXPECT_EQ(matches("[^\\s\\p{L}]+", "a, b! ١"), ",|!|١");
  EXPECT_EQ(matches("\\P{N}+", "a1b"), "a|b");
  EXPECT_EQ(matches("\\p{^L}", "a1"), "1");
  EXPECT_EQ(matches("[\\]\\-x]+", "a]-x"), "]-x");
  EXPECT_EQ(matches("[a-]+", "b-a"), "-a");
  EXPECT_EQ(matches("\\w+", "aé_1 -"), "aé_1");
  EXPECT_EQ(matches("[\\x{1F600}-\\x{1F64F}\\u00e9]", "é😀"), "é|😀");
  EXPECT_EQ(matches("\\h+", "xffAg"), "ffA");
}

TEST(Regex, CaseIsIgnoredForAsciiLetters) {
  EXPECT_EQ(matches("(?i:'s|k)", "'s'S'ſkK\u212Ax"), "'s|'S|'ſ|k|K|\u212A");
  EXPECT_EQ(matches("(?i:a)b", "ab AB Ab"), "ab|Ab");
  EXPECT_EQ(matches("(?i)a[b-c]", "aB AC"), "aB|AC");
}

TEST(Regex, Quantifiers) {
  EXPECT_EQ(matches("\\d{1,3}", "12345"), "123|45");
  EXPECT_EQ(matches("a+?", "aaa"), "a|a|a");
  EXPECT_EQ(matches("a{2}+", "aaaaa"), "aaaa");  // Oniguruma: twice, once or more
  EXPECT_EQ(matches("a?+a", "a"), "");           // possessive
  EXPECT_EQ(matches("(?:ab)*", "abab"), "abab");
}

TEST(Regex, LinesAndLooks) {
  EXPECT_EQ(matches("^a", "a\nab"), "a|a");
  EXPECT_EQ(matches("a$", "a\nba"), "a|a");
  EXPECT_EQ(matches("\\Aa", "a\na"), "a");
  EXPECT_EQ(matches(".+", "a\nb"), "a|b");
  EXPECT_EQ(matches("\\s+(?!\\S)|\\s+", "a   b"), "  | ");
  EXPECT_EQ(matches("(?<=a)b|(?<!a)c", "abcac"), "b|c");
}

TEST(Regex, EmptyMatchesNeverFollowAnother) {
  const Regex regex("x*");
  Regex::Finder finder(regex);
  EXPECT_EQ(finder.find_all("axxb"), (std::vector<TextSpan>{{0, 0}, {1, 3}, {4, 4}}));
}

TEST(Regex, LongRunsOfSpacesAreFast) {
  const std::string spaces(1 << 20, ' ');
  const Regex regex("\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+");
  Regex::Finder finder(regex);
  EXPECT_EQ(finder.find_all(spaces + "x").size(), 2u);
}

TEST(Regex, RefusesWithTheByte) {
  const auto message = [](std::string_view pattern) {
    try {
      const Regex regex(pattern);
    } catch (const Error& error) {
      return error.message();
    }
    return std::string("compiled");
  };
  EXPECT_EQ(message("a\\b"), "regular expression 'a\\x5cb': byte 3: \\b is not known here");
  EXPECT_EQ(message("\\p{Han}"),
            "regular expression '\\x5cp{Han}': byte 7: \\p{Han}: expected a general category");
  for (const char* broken : {"[a", "[b-a]", "(a", "a)", "*a", "a{x}", "(?P<n>a)", "[a[b]]", "\\",
                             "[\\d-z]", "\\x{110000}", "a**", "(?<=a+)b", "\xFF", "[a&&b]"}) {
    EXPECT_NE(message(broken), "compiled") << broken;
  }
}

}  // namespace
}  // namespace lathe::text
