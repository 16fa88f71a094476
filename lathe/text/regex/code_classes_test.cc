// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/regex/code_classes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/support/temp_dir.h"

namespace lathe::text {
namespace {

TEST(CodeClasses, TwoCodePointsShareAClassWhereNoSetTellsThemApart) {
  const CodePointSet letters = *category_set("L");
  const CodePointSet ascii = {{0, 0x7F}};
  const CodeClasses classes(std::vector{letters, ascii});
  std::set<uint8_t> seen;
  for (char32_t code = 0; code <= kMaxCodePoint; code += 3) {
    const char32_t other = (code * 7 + 11) % (kMaxCodePoint + 1);
    const bool same = letters.contains(code) == letters.contains(other) &&
                      ascii.contains(code) == ascii.contains(other);
    ASSERT_EQ(classes.of(code) == classes.of(other), same)
        << static_cast<uint32_t>(code) << " " << static_cast<uint32_t>(other);
    seen.insert(classes.of(code));
  }
  EXPECT_EQ(seen.size(), 4u) << "letter or not, ASCII or not";
}

TEST(CodeClasses, InNamesTheClassesThatASetIsMadeOf) {
  const CodePointSet& word = word_set();
  const CodePointSet& digit = digit_set();
  const CodeClasses classes(std::vector{word, digit});
  for (const CodePointSet& set : {word, digit}) {
    const std::vector<uint8_t> members = classes.in(set);
    for (char32_t code = 0; code < 0x3000; ++code) {
      const bool is_member = std::ranges::find(members, classes.of(code)) != members.end();
      ASSERT_EQ(is_member, set.contains(code)) << static_cast<uint32_t>(code);
    }
  }
}

TEST(CodeClasses, WithoutSetsAllIsOneClass) {
  const CodeClasses classes({});
  EXPECT_EQ(classes.of(0), classes.of(kMaxCodePoint));
  EXPECT_EQ(classes.in(CodePointSet::all()), std::vector<uint8_t>{classes.of('a')});
  EXPECT_TRUE(classes.in(CodePointSet()).empty());
}

TEST(CodeClasses, TheBoundsOfARangeBelongToIt) {
  const CodePointSet set = {{0xFF, 0x100}, {0x10000, kMaxCodePoint}};
  const CodeClasses classes(std::vector{set});
  for (const char32_t code : {0xFF, 0x100, 0x10000, 0x10FFFF}) {
    EXPECT_EQ(classes.of(code), classes.of(0xFF)) << static_cast<uint32_t>(code);
  }
  for (const char32_t code : {0xFE, 0x101, 0xFFFF}) {
    EXPECT_NE(classes.of(code), classes.of(0xFF)) << static_cast<uint32_t>(code);
  }
}

TEST(CodeClasses, MapGivesAByteACharacter) {
  const CodeClasses classes(std::vector{CodePointSet{{U'é', U'é'}}});
  const std::string mapped = classes.map("aé漢é");
  ASSERT_EQ(mapped.size(), 4u);
  EXPECT_EQ(mapped[0], mapped[2]);
  EXPECT_EQ(mapped[1], mapped[3]);
  EXPECT_NE(mapped[0], mapped[1]);
  EXPECT_EQ(classes.map(""), "");
}

TEST(CodeClasses, MoreThan256AreRefused) {
  std::vector<CodePointSet> sets;
  for (char32_t code = 0; code < 255; ++code) sets.push_back({{code, code}});
  EXPECT_EQ(CodeClasses(sets).of(7), CodeClasses(sets).of(7));
  sets.push_back({{1000, 1000}});
  EXPECT_EQ(testing::error_of([&] { const CodeClasses classes(sets); }),
            "regular expression tells more than 256 classes of characters apart");
}

}  // namespace
}  // namespace lathe::text
