// SPDX-License-Identifier: Apache-2.0
// Expressions as pieces: sets of code points, and the syntax between them.
#include "lathe/text/regex/syntax.h"

#include <gtest/gtest.h>

#include "lathe/base/text.h"
#include "lathe/text/utf8.h"
#include "tests/support/temp_dir.h"

namespace lathe::text {
namespace {

using testing::error_of;

// A set as its characters in <>, or <…> for one of many.
std::string shown(const CodePointSet& set) {
  std::string out = "<";
  for (const CodePointSet::Range& range : set.ranges()) {
    if (range.last - range.first > 3) return "<…>";
    for (char32_t code = range.first; code <= range.last; ++code) append_utf8(out, code);
  }
  return out + ">";
}

std::string parsed(std::string_view pattern) {
  std::string out;
  for (const RegexPiece& piece : parse_regex(pattern)) {
    const auto* set = std::get_if<CodePointSet>(&piece);
    out += set != nullptr ? shown(*set) : std::get<std::string>(piece);
  }
  return out;
}

struct Case {
  std::string_view pattern;
  std::string_view expected;
};

TEST(RegexSyntax, PiecesOfAnExpression) {
  const Case cases[] = {
      {"", ""},
      {"ab", "<a><b>"},
      {"é漢", "<é><漢>"},
      {"a|b", "<a>|<b>"},
      {"[abc]x", "<abc><x>"},
      {"\\.\\*", "<.><*>"},
      {"\\p{N}{1,3}", "<…>{1,3}"},
      {".", "<…>"},
      {"\\Aa\\z", "\\A<a>\\z"},
      {"}", "<}>"},
      {"]", "<]>"},
  };
  for (const Case& test : cases) EXPECT_EQ(parsed(test.pattern), test.expected) << test.pattern;
}

TEST(RegexSyntax, GroupsOfAllKindsAndPlainOnesCaptureNothing) {
  const Case cases[] = {
      {"(a)", "(?:<a>)"},
      {"(?:a)", "(?:<a>)"},
      {"(?=a)(?!b)", "(?=<a>)(?!<b>)"},
      {"(?<=a)(?<!b)", "(?<=<a>)(?<!<b>)"},
      {"(?>a)", "(?><a>)"},
      {"((a)|b)*", "(?:(?:<a>)|<b>)*"},
  };
  for (const Case& test : cases) EXPECT_EQ(parsed(test.pattern), test.expected) << test.pattern;
}

TEST(RegexSyntax, CaseIsIgnoredWithinTheGroupThatSaysSo) {
  const Case cases[] = {
      {"(?i:a)b", "(?:<Aa>)<b>"},  {"(?i:a(b)c)d", "(?:<Aa>(?:<Bb>)<Cc>)<d>"},
      {"(?i)ab", "<Aa><Bb>"},      {"((?i)a)b", "(?:<Aa>)<b>"},
      {"(?i:[ab])", "(?:<ABab>)"}, {"(?i:s)", "(?:<Ssſ>)"},
      {"(?i:1)", "(?:<1>)"},
  };
  for (const Case& test : cases) EXPECT_EQ(parsed(test.pattern), test.expected) << test.pattern;
}

TEST(RegexSyntax, QuantifiersMayBeLazyOrPossessive) {
  const Case cases[] = {
      {"a*b+c?", "<a>*<b>+<c>?"},
      {"a*?b+?c??", "<a>*?<b>+?<c>??"},
      {"a*+b++c?+", "<a>*+<b>++<c>?+"},
      {"a{2}b{2,}c{0,5}", "<a>{2}<b>{2,}<c>{0,5}"},
      {"a{2}?", "<a>{2}?"},
      {"a{2}+", "(?:<a>{2})+"},
      {"xa{2}+", "<x>(?:<a>{2})+"},
      {"(ab){2}+", "(?:(?:<a><b>){2})+"},
      {"(a)*", "(?:<a>)*"},
  };
  for (const Case& test : cases) EXPECT_EQ(parsed(test.pattern), test.expected) << test.pattern;
}

TEST(RegexSyntax, LineBoundsLookForALineFeed) { EXPECT_EQ(parsed("^a$"), "(?<!<…>)<a>(?!<…>)"); }

TEST(RegexSyntax, RefusalsNameTheByte) {
  const Case cases[] = {
      {"a)", "byte 2: ) without ("},
      {"*a", "byte 1: nothing to repeat before *"},
      {"a|+", "byte 3: nothing to repeat before +"},
      {"a**", "byte 3: nothing to repeat before *"},
      {"(?", "byte 1: this kind of group"},
      {"(?P<n>a)", "byte 1: this kind of group"},
      {"(?#c)", "byte 1: this kind of group"},
      {"a{}", "byte 3: {''}: expected counts"},
      {"a{x}", "byte 4: {'x'}: expected counts"},
      {"a{,3}", "byte 5: {',3'}: expected counts"},
      {"a{1,2,3}", "byte 8: {'1,2,3'}: expected counts"},
      {"a{1", "byte 2: no closing }"},
      {"[a", "byte 2: expected ], got the end"},
      {"a\\", "byte 2: expected a character after \\, got the end"},
      {"\xFF", "byte 0: not valid UTF-8"},
  };
  for (const Case& test : cases) {
    const std::string message = error_of([&] { parse_regex(test.pattern); });
    EXPECT_EQ(message, cat("regular expression ", quote(test.pattern), ": ", test.expected));
  }
}

}  // namespace
}  // namespace lathe::text
