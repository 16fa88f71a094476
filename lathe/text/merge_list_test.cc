// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/merge_list.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace lathe::text {
namespace {

using testing::error_of;

const Vocabulary& vocabulary() {
  static const Vocabulary out({{"a", 0}, {"b", 1}, {"ab", 2}, {" ", 3}, {" a", 4}, {"aa", 5}});
  return out;
}

MergeTable merges(std::string_view json) {
  return read_merges(Json::parse(json, "merges"), vocabulary());
}

TEST(MergeList, BothSpellingsSayTheSame) {
  for (const char* json :
       {R"([["a", "b"], ["a", "a"]])", R"(["a b", "a a"])", R"([["a", "b"], "a a"])"}) {
    const MergeTable table = merges(json);
    ASSERT_NE(table.find(0, 1), nullptr) << json;
    EXPECT_EQ(table.find(0, 1)->rank, 0);
    EXPECT_EQ(table.find(0, 1)->id, 2);
    EXPECT_EQ(table.find(0, 0)->rank, 1);
    EXPECT_EQ(table.find(0, 0)->id, 5);
    EXPECT_EQ(table.find(1, 0), nullptr);
  }
}

TEST(MergeList, APairMayHoldSpacesAndATextMayBeginWithOne) {
  EXPECT_EQ(merges(R"([[" ", "a"]])").find(3, 0)->id, 4);
  EXPECT_EQ(merges(R"(["  a"])").find(3, 0)->id, 4);
}

TEST(MergeList, TheFirstOfTwoEntriesForAPairStays) {
  EXPECT_EQ(merges(R"(["a b", "a a", "a b"])").find(0, 1)->rank, 0);
}

TEST(MergeList, RefusalsNameTheEntry) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"(["a b", "ab"])", "[1]: expected two tokens with a space between them, got 'ab'"},
      {R"([["a"]])", "[0]: expected two tokens, got 1"},
      {R"([["a", "b", "c"]])", "[0]: expected two tokens, got 3"},
      {R"([["a", 1]])", "[0]: expected a string, got an integer"},
      {R"([7])", "[0]: expected a string, got an integer"},
      {R"(["a x"])", "[0]: token 'x' is not in the vocabulary"},
      {R"(["x a"])", "[0]: token 'x' is not in the vocabulary"},
      {R"(["a b", "b a"])", "[1]: token 'ba' is not in the vocabulary"},
      {R"({})", "expected an array, got an object"},
  };
  for (const auto& test : cases) EXPECT_EQ(error_of([&] { merges(test.first); }), test.second);
}

TEST(MergeList, TokenIds) {
  EXPECT_EQ(token_id(vocabulary(), "ab"), 2);
  EXPECT_EQ(error_of([] { token_id(vocabulary(), "abc"); }),
            "token 'abc' is not in the vocabulary");
}

}  // namespace
}  // namespace lathe::text
