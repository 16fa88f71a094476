// SPDX-License-Identifier: Apache-2.0
// What Python's str knows about characters.
#include "lathe/text/jinja/python_text.h"

#include <gtest/gtest.h>

#include "lathe/base/text.h"

namespace lathe::text::jinja {
namespace {

// Parts with | between them.
std::string joined(const std::vector<std::string>& parts) { return join(parts, "|"); }

TEST(PythonText, SpacesAreUnicodesAndFourSeparators) {
  for (const char32_t code :
       U"\t\n\v\f\r \x1c\x1d\x1e\x1f\x85\u00a0\u1680\u2000\u200a\u2028\u2029"
       U"\u202f\u205f\u3000") {
    if (code == 0) continue;  // the literal's end
    EXPECT_TRUE(is_python_space(code)) << static_cast<uint32_t>(code);
  }
  for (const char32_t code : {U'a', U'_', U'\u200b', U'\ufeff', U'\x1b', U'\u180e'}) {
    EXPECT_FALSE(is_python_space(code)) << static_cast<uint32_t>(code);
  }
}

TEST(PythonText, StripTakesWholeCharacters) {
  EXPECT_EQ(strip(" \u3000a b\u00a0\n", Side::kBoth), "a b");
  EXPECT_EQ(strip(" a ", Side::kLeft), "a ");
  EXPECT_EQ(strip(" a ", Side::kRight), " a");
  EXPECT_EQ(strip("éèaéè", Side::kBoth, U"èé"), "a");
  EXPECT_EQ(strip("éa", Side::kRight, U"\u00c3\u00a9"), "éa") << "bytes are no characters";
  EXPECT_EQ(strip("   ", Side::kBoth), "");
  EXPECT_EQ(strip("", Side::kBoth), "");
}

TEST(PythonText, CharactersAreCountedNotBytes) {
  EXPECT_EQ(num_characters(""), 0);
  EXPECT_EQ(num_characters("añ漢😀"), 4);
  EXPECT_EQ(num_characters("e\u0301"), 2);
}

TEST(PythonText, WordsFromBothSides) {
  EXPECT_EQ(joined(split_words(" a  b\tc ", -1)), "a|b|c");
  EXPECT_EQ(joined(split_words(" a  b  c ", 1)), "a|b  c ");
  EXPECT_EQ(joined(split_words(" a ", 0)), "a ");
  EXPECT_EQ(joined(split_words("a", 5)), "a");
  EXPECT_TRUE(split_words(" \n ", -1).empty());
  EXPECT_EQ(joined(split_words_from_right(" a  b  c ", 1)), " a  b|c");
  EXPECT_EQ(joined(split_words_from_right(" a ", 0)), " a");
  EXPECT_EQ(joined(split_words_from_right(" é\u3000ü ", 9)), "é|ü");
  EXPECT_TRUE(split_words_from_right("  ", 1).empty());
}

TEST(PythonText, SplitAtKeepsEmptyParts) {
  EXPECT_EQ(joined(split_at("a,b,,c", ",", -1)), "a|b||c");
  EXPECT_EQ(joined(split_at(",", ",", -1)), "|");
  EXPECT_EQ(joined(split_at("", ",", -1)), "");
  EXPECT_EQ(split_at("", ",", -1).size(), 1u);
  EXPECT_EQ(joined(split_at("a--b--c", "--", 1)), "a|b--c");
  EXPECT_EQ(joined(split_at("a,b", ",", 0)), "a,b");
  EXPECT_EQ(joined(split_at("aaa", "aa", -1)), "|a");
}

TEST(PythonText, LinesEndAtEveryLineEndOfUnicode) {
  EXPECT_EQ(joined(split_lines("a\nb\r\nc\rd")), "a|b|c|d");
  EXPECT_EQ(joined(split_lines("a\n\nb\n")), "a||b");
  EXPECT_EQ(joined(split_lines("a\v\fb\x1c\x1d\x1e\xc2\x85\u2028\u2029z")), "a||b||||||z");
  EXPECT_TRUE(split_lines("").empty());
}

TEST(PythonText, ReplaceAll) {
  EXPECT_EQ(replace_all("aXbX", "X", "--", -1), "a--b--");
  EXPECT_EQ(replace_all("aaaa", "aa", "b", -1), "bb");
  EXPECT_EQ(replace_all("aaaa", "a", "b", 2), "bbaa");
  EXPECT_EQ(replace_all("abc", "x", "y", -1), "abc");
  EXPECT_EQ(replace_all("aé", "", "-", -1), "-a-é-");
  EXPECT_EQ(replace_all("aé", "", "-", 2), "-a-é");
  EXPECT_EQ(replace_all("", "", "-", -1), "-");
  EXPECT_EQ(replace_all("a", "a", "", -1), "");
}

TEST(PythonText, Case) {
  EXPECT_EQ(to_upper("straße é ǆ"), "STRASSE É Ǆ");
  EXPECT_EQ(to_lower("ÄÖ Σ"), "äö σ");
  EXPECT_EQ(to_title("it's a-b 3rd ǆx"), "It'S A-B 3Rd ǅx");
  EXPECT_EQ(to_capitalized("hELLO wORLD"), "Hello world");
  EXPECT_EQ(to_capitalized("éA"), "Éa");
  EXPECT_EQ(to_capitalized("ßA"), "Ssa");
  EXPECT_EQ(to_title("ßa ß"), "Ssa Ss");
  EXPECT_EQ(to_title(""), "");
}

}  // namespace
}  // namespace lathe::text::jinja
