// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/vocabulary.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace lathe::text {
namespace {

using testing::error_of;

TEST(Vocabulary, FindsTextsAndIds) {
  const Vocabulary vocabulary({{"b", 2}, {"a", 0}, {"é", 5}});
  EXPECT_EQ(vocabulary.size(), 6);
  EXPECT_EQ(vocabulary.find("a"), 0);
  EXPECT_EQ(vocabulary.find("é"), 5);
  EXPECT_EQ(vocabulary.find("c"), std::nullopt);
  EXPECT_EQ(vocabulary.token(2), "b");
  for (const int32_t id : {-1, 1, 3, 4, 6, INT32_MAX}) EXPECT_EQ(vocabulary.token(id), "");
}

TEST(Vocabulary, MayBeEmpty) {
  EXPECT_EQ(Vocabulary().size(), 0);
  EXPECT_EQ(Vocabulary(std::vector<VocabularyEntry>{}).size(), 0);
  EXPECT_EQ(Vocabulary().find("a"), std::nullopt);
}

TEST(Vocabulary, OfTwoIdsForATextTheFirstIsFound) {
  const Vocabulary vocabulary({{"a", 3}, {"a", 1}});
  EXPECT_EQ(vocabulary.find("a"), 3);
  EXPECT_EQ(vocabulary.token(1), "a");
  EXPECT_EQ(vocabulary.token(3), "a");
}

TEST(Vocabulary, MovesWithItsTexts) {
  Vocabulary first({{"a text that is too long to stand inside of a string object", 0}, {"b", 1}});
  const Vocabulary second = std::move(first);
  EXPECT_EQ(second.find("b"), 1);
  EXPECT_EQ(second.find("a text that is too long to stand inside of a string object"), 0);
}

TEST(Vocabulary, RefusesIdsThatCannotBe) {
  EXPECT_EQ(error_of([] {
              Vocabulary({{"a", -1}});
            }),
            "token 'a' has id -1, expected one from 0 to 65537 in a vocabulary of 1");
  EXPECT_EQ(error_of([] {
              Vocabulary({{"a", 0}, {"b", 65540}});
            }),
            "token 'b' has id 65540, expected one from 0 to 65539 in a vocabulary of 2");
  EXPECT_EQ(Vocabulary({{"a", 65537}}).size(), 65538);
  EXPECT_EQ(error_of([] {
              Vocabulary({{"a", 1}, {"b", 1}});
            }),
            "tokens 'a' and 'b' both have id 1");
}

TEST(Vocabulary, ByteTokens) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string token = token_of_byte(static_cast<uint8_t>(byte));
    EXPECT_EQ(byte_of_token(token), static_cast<char>(byte)) << token;
  }
  EXPECT_EQ(token_of_byte(0x0A), "<0x0A>");
  EXPECT_EQ(token_of_byte(0xFF), "<0xFF>");
  for (const char* text :
       {"", "<0x0a>", "<0x0A", "<0x0A>>", "0x0A", "<0xG0>", "<1x00>", "<0x 0>"}) {
    EXPECT_EQ(byte_of_token(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace lathe::text
