// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/jinja/escapes.h"

#include <gtest/gtest.h>

#include <utility>

namespace lathe::text::jinja {
namespace {

// Expected: what ast.literal_eval makes of the same literal.
TEST(Escapes, AreThoseOfPythonsLiterals) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", ""},
      {"plain é", "plain é"},
      {R"(\n\t\r\\\'\"\a\b\f\v)", "\n\t\r\\'\"\a\b\f\v"},
      {"a\\\nb", "ab"},
      {R"(\x41\xe9)", "Aé"},
      {R"(\u00e9\u6f22)", "é漢"},
      {R"(\U0001F600)", "😀"},
      {R"(\101\7\0601)", "A\a01"},
      {R"(\q\-\8)", R"(\q\-\8)"},
      {R"(\\n)", R"(\n)"},
      {R"(\u00E9x)", "éx"},
  };
  for (const auto& test : cases) EXPECT_EQ(replace_escapes(test.first), test.second) << test.first;
}

TEST(Escapes, ZeroIsAByteLikeOthers) {
  EXPECT_EQ(replace_escapes("a\\0b"), std::string_view("a\0b", 3));
}

TEST(Escapes, UnfinishedOnesStayAsTheyAre) {
  for (const std::string_view text :
       {R"(\x4)", R"(\xg1)", R"(\u00e)", R"(\U0001F60)", R"(\u+123)", R"(\x-1)"}) {
    EXPECT_EQ(replace_escapes(text), text);
  }
  EXPECT_EQ(replace_escapes("a\\"), "a\\");
}

TEST(Escapes, WhatIsNoCharacterIsReplaced) {
  EXPECT_EQ(replace_escapes(R"(\ud800)"), "\uFFFD");
  EXPECT_EQ(replace_escapes(R"(\U00110000)"), "\uFFFD");
  EXPECT_EQ(replace_escapes(R"(\U0010FFFF)"), "\U0010FFFF");
}

}  // namespace
}  // namespace lathe::text::jinja
