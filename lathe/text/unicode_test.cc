// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/unicode.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace lathe::text
