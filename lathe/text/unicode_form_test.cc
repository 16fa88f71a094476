// SPDX-License-Identifier: Apache-2.0
// Normal forms against examples of Unicode's annex 15, and single characters' case.
#include "lathe/text/unicode_form.h"

#include <gtest/gtest.h>

namespace lathe::text {
namespace {

struct Forms {
  std::string_view source, nfc, nfd, nfkc, nfkd;
};

TEST(UnicodeForm, ExamplesOfAnnex15) {
  const Forms cases[] = {
      {"abc", "abc", "abc", "abc", "abc"},
      {"\u00C5", "\u00C5", "A\u030A", "\u00C5", "A\u030A"},
      {"\u212B", "\u00C5", "A\u030A", "\u00C5", "A\u030A"},
      {"\u1E69", "\u1E69", "s\u0323\u0307", "\u1E69", "s\u0323\u0307"},
      {"\u1E0B\u0323", "\u1E0D\u0307", "d\u0323\u0307", "\u1E0D\u0307", "d\u0323\u0307"},
      {"q\u0307\u0323", "q\u0323\u0307", "q\u0323\u0307", "q\u0323\u0307", "q\u0323\u0307"},
      {"\uFB01", "\uFB01", "\uFB01", "fi", "fi"},
      {"2\u2075", "2\u2075", "2\u2075", "25", "25"},
      {"\u1E9B\u0323", "\u1E9B\u0323", "\u017F\u0323\u0307", "\u1E69", "s\u0323\u0307"},
      {"\uAC00", "\uAC00", "\u1100\u1161", "\uAC00", "\u1100\u1161"},
      {"\u1100\u1161\u11A8", "\uAC01", "\u1100\u1161\u11A8", "\uAC01", "\u1100\u1161\u11A8"},
      {"\u0958", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C"},
      {"\uFF21\u3000", "\uFF21\u3000", "\uFF21\u3000", "A ", "A "},
      {"", "", "", "", ""},
  };
  for (const Forms& test : cases) {
    EXPECT_EQ(to_form(UnicodeForm::kNfc, test.source), test.nfc) << test.source;
    EXPECT_EQ(to_form(UnicodeForm::kNfd, test.source), test.nfd) << test.source;
    EXPECT_EQ(to_form(UnicodeForm::kNfkc, test.source), test.nfkc) << test.source;
    EXPECT_EQ(to_form(UnicodeForm::kNfkd, test.source), test.nfkd) << test.source;
  }
}

// docs/decisions/007: Unicode 15.0, also where tokenizers 0.22.2 has 9.0.
TEST(UnicodeForm, FollowsUnicode15) {
  EXPECT_EQ(to_form(UnicodeForm::kNfkc, "\u3244"), "\u554F");          // of 5.2: both have it
  EXPECT_EQ(to_form(UnicodeForm::kNfkc, "\u32FF"), "\u4EE4\u548C");    // of 12.1
  EXPECT_EQ(to_form(UnicodeForm::kNfkc, "\U0001FBF7"), "7");           // of 13.0
  EXPECT_EQ(to_form(UnicodeForm::kNfkc, "\U0001E030"), "\u0430");      // of 15.0
  EXPECT_EQ(to_form(UnicodeForm::kNfkc, "\U0001CCD6"), "\U0001CCD6");  // of 16.0: not yet
  EXPECT_EQ(to_form(UnicodeForm::kNfd, "\U00011938"), "\U00011935\U00011930");
  // A mark below goes before one above: U+0316 of 1.1, U+1DF9 of 10.0.
  EXPECT_EQ(to_form(UnicodeForm::kNfc, "x\u0304\u0316"), "x\u0316\u0304");
  EXPECT_EQ(to_form(UnicodeForm::kNfc, "x\u0304\u1DF9"), "x\u1DF9\u0304");
}

TEST(UnicodeForm, AFormOfAFormIsItself) {
  for (const char* text : {"\u1E9B\u0323 \uFB01 \u212B", "e\u0301\u0323x", "\uD7A3\u00BD"}) {
    for (const auto form :
         {UnicodeForm::kNfc, UnicodeForm::kNfd, UnicodeForm::kNfkc, UnicodeForm::kNfkd}) {
      const std::string once = to_form(form, text);
      EXPECT_EQ(to_form(form, once), once) << text;
    }
  }
}

TEST(UnicodeForm, CaseOfSingleCharacters) {
  struct Letters {
    char32_t lower, upper, title;
  };
  for (const Letters& letters :
       {Letters{U'a', U'A', U'A'}, Letters{U'é', U'É', U'É'}, Letters{U'ǆ', U'Ǆ', U'ǅ'},
        Letters{U'я', U'Я', U'Я'}, Letters{U'ω', U'Ω', U'Ω'}, Letters{U'𐐨', U'𐐀', U'𐐀'}}) {
    EXPECT_EQ(lower_case(letters.upper), letters.lower);
    EXPECT_EQ(upper_case(letters.lower), letters.upper);
    EXPECT_EQ(title_case(letters.lower), letters.title);
    EXPECT_EQ(lower_case(letters.lower), letters.lower);
  }
  for (const char32_t code : {U'1', U' ', U'漢', U'ß'}) {
    EXPECT_EQ(lower_case(code), code);
    EXPECT_EQ(upper_case(code), code) << "one character stays one";
  }
}

}  // namespace
}  // namespace lathe::text
