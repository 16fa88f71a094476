// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/decoder.h"

#include <gtest/gtest.h>

#include "lathe/text/utf8.h"
#include "tests/support/temp_dir.h"

namespace lathe::text {
namespace {

using testing::error_of;

Decoder decoder(std::string_view json) { return Decoder::from_json(Json::parse(json, "decoder")); }

std::string decoded(const Decoder& decoder, const std::vector<std::string>& tokens) {
  std::vector<TokenPiece> pieces;
  pieces.reserve(tokens.size());
  for (const std::string& token : tokens) pieces.push_back(decoder.piece(token));
  return decoder.join(pieces);
}

// As files of Llama 2's time have it.
constexpr std::string_view kSentencePiece = R"({"type": "Sequence", "decoders": [
  {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
  {"type": "ByteFallback"}, {"type": "Fuse"},
  {"type": "Strip", "content": " ", "start": 1, "stop": 0}]})";

TEST(Decoder, ByteLevelTokensAreBytes) {
  const Decoder byte_level = decoder(R"({"type": "ByteLevel"})");
  EXPECT_EQ(decoded(byte_level, {"Hello", "Ġthe", "Ċ"}), "Hello the\n");
  EXPECT_EQ(decoded(byte_level, {"Ã", "©"}), "é");
  EXPECT_EQ(decoded(byte_level, {"Ã"}), "\uFFFD");
  EXPECT_EQ(decoded(byte_level, {"ð", "Ł", "x"}), "\uFFFDx");
  EXPECT_EQ(decoded(byte_level, {"<0x41>"}), "<0x41>");
  EXPECT_EQ(decoded(byte_level, {}), "");
}

TEST(Decoder, SentencePieceTokensLoseOneSpaceAtTheBeginning) {
  const Decoder pieces = decoder(kSentencePiece);
  EXPECT_EQ(decoded(pieces, {"▁a", "▁b", "c"}), "a bc");
  EXPECT_EQ(decoded(pieces, {"▁▁a"}), " a");
  EXPECT_EQ(decoded(pieces, {"▁"}), "");
  EXPECT_EQ(decoded(pieces, {"a", "▁"}), "a ");
}

TEST(Decoder, FallbackBytesAreACharacterOrAreReplacedOneByOne) {
  const Decoder pieces = decoder(kSentencePiece);
  EXPECT_EQ(decoded(pieces, {"<0xC3>", "<0xA9>"}), "é");
  EXPECT_EQ(decoded(pieces, {"x", "<0x0A>", "y"}), "x\ny");
  EXPECT_EQ(decoded(pieces, {"<0xC3>"}), "\uFFFD");
  EXPECT_EQ(decoded(pieces, {"<0xF0>", "<0x9F>", "<0x91>"}), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(decoded(pieces, {"<0xC3>", "a", "<0xA9>"}), "\uFFFDa\uFFFD");
  EXPECT_EQ(decoded(pieces, {"<0xC3>", "<0xA9>", "<0xC3>"}), "\uFFFD\uFFFD\uFFFD")
      << "a run is read as a whole";
  EXPECT_TRUE(pieces.piece("<0x0A>").is_fallback);
  EXPECT_FALSE(pieces.piece("<0x0a>").is_fallback);
}

TEST(Decoder, PartsComeInAnyNumber) {
  EXPECT_EQ(decoded(decoder(R"({"type": "Fuse"})"), {"a", "▁b"}), "a▁b");
  EXPECT_EQ(decoded(decoder(R"({"type": "Sequence", "decoders": [
    {"type": "Replace", "pattern": {"String": "_"}, "content": " "},
    {"type": "Sequence", "decoders": [
      {"type": "Replace", "pattern": {"String": " "}, "content": "--"}]}]})"),
                    {"a_b"}),
            "a--b");
  EXPECT_EQ(
      decoded(decoder(R"({"type": "Strip", "content": " ", "start": 2, "stop": 0})"), {"   a"}),
      " a");
}

TEST(Decoder, WhatComesOutIsUtf8) {
  const Decoder pieces = decoder(kSentencePiece);
  const std::vector<std::string> tokens = {"<0xE2>", "<0x82>", "▁", "<0xFF>", "é", "<0xF4>"};
  for (const std::string& a : tokens) {
    for (const std::string& b : tokens) {
      for (const std::string& c : tokens) EXPECT_TRUE(is_utf8(decoded(pieces, {a, b, c})));
    }
  }
}

TEST(Decoder, Refusals) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"null", "expected a decoder, got null"},
      {R"({"type": "WordPiece"})",
       "type 'WordPiece' is not known, expected one of ByteLevel, ByteFallback, Fuse, Replace, "
       "Strip"},
      {R"({"type": 3})", "type: expected a string, got an integer"},
      {R"({})", "type: field 'type' is missing"},
      {R"({"type": "Replace", "pattern": {"Regex": "x"}, "content": ""})",
       "Replace: pattern: expected a String"},
      {R"({"type": "Replace", "pattern": {"String": ""}, "content": " "})",
       "Replace: pattern: expected text, got none"},
      {R"({"type": "Strip", "content": "_", "start": 1, "stop": 0})",
       "Strip: expected spaces at the beginning only"},
      {R"({"type": "Strip", "content": " ", "start": 1, "stop": 1})",
       "Strip: expected spaces at the beginning only"},
      {R"({"type": "Strip", "content": " ", "start": -1, "stop": 0})",
       "Strip: expected spaces at the beginning only"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(error_of([&] { decoder(test.first); }), test.second) << test.first;
  }
}

}  // namespace
}  // namespace lathe::text
