// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/byte_alphabet.h"

#include <gtest/gtest.h>

#include <set>

#include "lathe/text/utf8.h"

namespace lathe::text {
namespace {

TEST(ByteAlphabet, KnownCharacters) {
  EXPECT_EQ(to_byte_alphabet("Hello!"), "Hello!");
  EXPECT_EQ(to_byte_alphabet(" the\n"), "ĠtheĊ");
  EXPECT_EQ(to_byte_alphabet("\t\r"), "ĉč");
  EXPECT_EQ(to_byte_alphabet("é"), "Ã©");
  EXPECT_EQ(to_byte_alphabet(std::string(1, '\0')), "Ā");
  EXPECT_EQ(to_byte_alphabet("\x7f\xad"), "ġŃ");
  EXPECT_EQ(to_byte_alphabet(""), "");
}

// OpenAI's bytes_to_unicode, step by step.
TEST(ByteAlphabet, IsGpt2s) {
  std::set<char32_t> characters;
  char32_t next = 256;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const bool kept = (byte >= U'!' && byte <= U'~') || (byte >= U'¡' && byte <= U'¬') ||
                      (byte >= U'®' && byte <= U'ÿ');
    const std::string text(1, static_cast<char>(byte));
    const std::u32string written = decode_utf8(to_byte_alphabet(text));
    ASSERT_EQ(written.size(), 1u);
    EXPECT_EQ(written[0], kept ? char32_t{byte} : next++) << byte;
    EXPECT_TRUE(characters.insert(written[0]).second) << byte;
    EXPECT_EQ(from_byte_alphabet(to_byte_alphabet(text)), text);
  }
  EXPECT_EQ(next, 256u + 68u);
}

TEST(ByteAlphabet, WhatIsOutsideStandsForItself) {
  EXPECT_EQ(from_byte_alphabet("<|end|>"), "<|end|>");
  EXPECT_EQ(from_byte_alphabet("Ġ漢"), "Ġ漢");
  EXPECT_EQ(from_byte_alphabet("a b"), "a b");
  EXPECT_EQ(from_byte_alphabet("\u0144"), "\u0144");
  EXPECT_EQ(from_byte_alphabet("\u0143"), "\xad");
  EXPECT_EQ(from_byte_alphabet(""), "");
}

}  // namespace
}  // namespace lathe::text
