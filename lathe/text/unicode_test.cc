// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/unicode.h"

#include <gtest/gtest.h>

#include "lathe/text/unicode_form.h"
#include "lathe/text/utf8.h"

namespace lathe::text {
namespace {

TEST(Unicode, Categories) {
  EXPECT_EQ(category('a'), Category::kLl);
  EXPECT_EQ(category('0'), Category::kNd);
  EXPECT_EQ(category(U'Ⅷ'), Category::kNl);
  EXPECT_EQ(category(0xD800), Category::kCs);
  EXPECT_EQ(category(0x10FFFD), Category::kCo);
  EXPECT_EQ(category(kMaxCodePoint), Category::kCn);
  EXPECT_EQ(category(0x1C89), Category::kLu);  // new in Unicode 16
}

TEST(Unicode, SetsAgreeWithCategories) {
  const CodePointSet letters = *category_set("L");
  const CodePointSet rest = letters.complement();
  for (char32_t code = 0; code <= kMaxCodePoint; code += 7) {
    const bool is_letter = category(code) <= Category::kLo;
    ASSERT_EQ(letters.contains(code), is_letter) << static_cast<uint32_t>(code);
    ASSERT_EQ(rest.contains(code), !is_letter) << static_cast<uint32_t>(code);
  }
  EXPECT_EQ(rest.complement(), letters);
  EXPECT_EQ(category_set("Xx"), std::nullopt);
  EXPECT_EQ(category_set(""), std::nullopt);
  EXPECT_EQ(CodePointSet::all().complement(), CodePointSet());
}

TEST(Unicode, RangesThatTouchBecomeOne) {
  CodePointSet set = {{'d', 'f'}, {'a', 'c'}, {'x', 'z'}};
  set.add({'e', 'h'});
  EXPECT_EQ(set.ranges(), (std::vector<CodePointSet::Range>{{'a', 'h'}, {'x', 'z'}}));
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

TEST(UnicodeForm, Forms) {
  EXPECT_EQ(to_form(UnicodeForm::kNfc, "e\u0301"), "é");
  EXPECT_EQ(to_form(UnicodeForm::kNfd, "é"), "e\u0301");
  EXPECT_EQ(to_form(UnicodeForm::kNfkc, "ﬁ①"), "fi1");
  EXPECT_EQ(to_form(UnicodeForm::kNfkd, "½"), "1\u20442");
  EXPECT_EQ(lower_case(U'Ä'), U'ä');
  EXPECT_EQ(upper_case(U'ä'), U'Ä');
  EXPECT_EQ(title_case(U'ǆ'), U'ǅ');
}

}  // namespace
}  // namespace lathe::text
