// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/added_tokens.h"

#include <gtest/gtest.h>

#include "lathe/base/text.h"

namespace lathe::text {
namespace {

// Parts with | between them; an added token as what it takes of the text, = and its id.
std::string parts(const std::vector<AddedToken>& tokens, std::string_view text,
                  SpecialTokens special = SpecialTokens::kParse) {
  std::vector<std::string> out;
  for (const TextPart& part : AddedTokens(tokens).split(text, special)) {
    const std::string_view taken = text.substr(part.span.begin, part.span.end - part.span.begin);
    out.push_back(part.id ? cat(taken, "=", *part.id) : std::string(taken));
  }
  return join(out, "|");
}

const std::vector<AddedToken>& plain() {
  static const std::vector<AddedToken> out = {
      {.content = "<s>", .id = 1}, {.content = "<s><s>", .id = 2}, {.content = "</s>", .id = 3},
      {.content = "é", .id = 4},   {.content = "éa", .id = 5},     {.content = "<", .id = 6}};
  return out;
}

TEST(AddedTokens, CutTheTextAroundThem) {
  EXPECT_EQ(parts(plain(), ""), "");
  EXPECT_EQ(parts(plain(), "abc"), "abc");
  EXPECT_EQ(parts(plain(), "a<s>b</s>"), "a|<s>=1|b|</s>=3");
  EXPECT_EQ(parts(plain(), "<s></s>"), "<s>=1|</s>=3");
  EXPECT_EQ(parts(plain(), "xéy"), "x|é=4|y");
}

TEST(AddedTokens, OfThoseThatBeginAtAPlaceTheLongestIsFound) {
  EXPECT_EQ(parts(plain(), "<s><s><s>"), "<s><s>=2|<s>=1");
  EXPECT_EQ(parts(plain(), "éa"), "éa=5");
  EXPECT_EQ(parts(plain(), "éb"), "é=4|b");
  EXPECT_EQ(parts(plain(), "<sx"), "<=6|sx");
  EXPECT_EQ(parts(plain(), "<"), "<=6");
}

TEST(AddedTokens, BytesInsideOfACharacterAreNoToken) {
  // U+0129 ends with the byte that U+00A9's continuation has, and none of ours begins there.
  EXPECT_EQ(parts({{.content = "\xC4\xA9", .id = 7}}, "\u0128\u0129"), "\u0128|\u0129=7");
}

TEST(AddedTokens, StripTakesTheWhiteSpaceBeside) {
  const std::vector<AddedToken> left = {{.content = "<m>", .id = 1, .lstrip = true}};
  EXPECT_EQ(parts(left, "a \t\u3000<m> b"), "a| \t\u3000<m>=1| b");
  EXPECT_EQ(parts(left, "  <m>"), "  <m>=1");
  EXPECT_EQ(parts(left, "a<m>"), "a|<m>=1");
  const std::vector<AddedToken> right = {{.content = "<m>", .id = 1, .rstrip = true}};
  EXPECT_EQ(parts(right, "a <m> \n b"), "a |<m> \n =1|b");
  EXPECT_EQ(parts(right, "<m>  "), "<m>  =1");
}

TEST(AddedTokens, WhatOneTookTheNextDoesNotTakeAgain) {
  const std::vector<AddedToken> both = {
      {.content = "<m>", .id = 1, .lstrip = true, .rstrip = true}};
  EXPECT_EQ(parts(both, "<m> <m>"), "<m> =1|<m>=1");
  EXPECT_EQ(parts(both, "a <m> <m> b"), "a| <m> =1|<m> =1|b");
}

TEST(AddedTokens, SingleWordsTouchNoLetterOrDigit) {
  const std::vector<AddedToken> word = {{.content = "new", .id = 1, .single_word = true}};
  EXPECT_EQ(parts(word, "new"), "new=1");
  EXPECT_EQ(parts(word, "a new day"), "a |new=1| day");
  EXPECT_EQ(parts(word, "(new)"), "(|new=1|)");
  for (const char* text :
       {"news", "renew", "new_", "9new", "énew", "newé", "µnew", "٣new", "\xE2\x80\x8Dnew"}) {
    EXPECT_EQ(parts(word, text), text);
  }
  for (const char* other : {"²", "³", "¹", "¼", "¾"}) {
    EXPECT_EQ(parts(word, cat(other, "new")), cat(other, "|new=1"));
  }
  EXPECT_EQ(parts(word, "news new"), "news |new=1");
}

TEST(AddedTokens, SpecialOnesMayCountAsText) {
  const std::vector<AddedToken> tokens = {{.content = "<s>", .id = 1, .special = true},
                                          {.content = "word", .id = 2}};
  EXPECT_EQ(parts(tokens, "a<s>word"), "a|<s>=1|word=2");
  EXPECT_EQ(parts(tokens, "a<s>word", SpecialTokens::kAsText), "a<s>|word=2");
}

TEST(AddedTokens, EmptyOnesAreLeftOut) {
  EXPECT_EQ(parts({{.content = "", .id = 1}}, "ab"), "ab");
  EXPECT_EQ(parts({}, "ab"), "ab");
  EXPECT_EQ(parts({{.content = std::string("\0\xFF", 2), .id = 1}}, "ab"), "ab");
}

}  // namespace
}  // namespace lathe::text
