// SPDX-License-Identifier: Apache-2.0
// A stream of ids gives whole characters, and all together what decode gives.
#include "lathe/text/detokenizer.h"

#include <gtest/gtest.h>

#include <random>

#include "lathe/text/utf8.h"

namespace lathe::text {
namespace {

// Ids of the tokens below, in order: bytes of é and of an emoji, plain text, a control token.
enum : int32_t { kA, kC3, kA9, kF0, k9F, k91, kSpaceB, kEnd, kNone };

std::shared_ptr<const Tokenizer> byte_level() {
  static const auto tokenizer = Tokenizer::load({{"tokenizer.json", R"({
    "added_tokens": [{"id": 7, "content": "<end>", "special": true}],
    "decoder": {"type": "ByteLevel"},
    "model": {"vocab": {"a": 0, "Ã": 1, "©": 2, "ð": 3, "Ł": 4, "ĳ": 5, "Ġb": 6}, "merges": []}})"}});
  return tokenizer;
}

std::shared_ptr<const Tokenizer> sentence_piece() {
  static const auto tokenizer = Tokenizer::load({{"gguf_tokenizer.json", R"({"model": "llama",
    "tokens": ["▁a", "<0xC3>", "<0xA9>", "<0xF0>", "<0x9F>", "▁", "▁▁", "</s>"],
    "scores": [0, 0, 0, 0, 0, 0, 0, 0], "token_types": [1, 6, 6, 6, 6, 1, 1, 3]})"}});
  return tokenizer;
}

// What each id gives, with | between them, and behind || what comes at the end.
std::string stream(const std::shared_ptr<const Tokenizer>& tokenizer,
                   const std::vector<int32_t>& ids, const DetokenizerOptions& options = {}) {
  Detokenizer detokenizer(tokenizer, options);
  std::string out;
  for (const int32_t id : ids) out += detokenizer.push(id) + "|";
  return out + "|" + detokenizer.finish();
}

TEST(Detokenizer, WaitsForTheRestOfACharacter) {
  EXPECT_EQ(stream(byte_level(), {kA, kC3, kA9, kSpaceB}), "a||é| b||");
  EXPECT_EQ(stream(byte_level(), {kF0, k9F, k91, kC3}), "|||\uFFFD||\uFFFD");
  EXPECT_EQ(stream(byte_level(), {kF0, k9F}), "|||\uFFFD");
  EXPECT_EQ(stream(byte_level(), {}), "|");
}

TEST(Detokenizer, ReplacesWhatCannotBecomeACharacterAtOnce) {
  EXPECT_EQ(stream(byte_level(), {kA9}), "\uFFFD||");
  EXPECT_EQ(stream(byte_level(), {kC3, kA}), "|\uFFFDa||");
  EXPECT_EQ(stream(byte_level(), {kC3, kC3, kA9}), "|\uFFFD|é||");
  EXPECT_EQ(stream(byte_level(), {kF0, kSpaceB}), "|\uFFFD b||");
}

TEST(Detokenizer, SkipsControlTokensUnlessAsked) {
  EXPECT_EQ(stream(byte_level(), {kA, kEnd, kA}), "a||a||");
  EXPECT_EQ(stream(byte_level(), {kA, kEnd}, {.skip_special = false}), "a|<end>||");
  EXPECT_EQ(stream(byte_level(), {kC3, kEnd, kA9}), "||é||") << "a control token gives no byte";
}

TEST(Detokenizer, TakesAnyId) {
  EXPECT_EQ(stream(byte_level(), {-1, kNone, INT32_MAX, INT32_MIN, kA}), "||||a||");
}

TEST(Detokenizer, ATextBeginsWithoutItsSpaceAContinuationKeepsIt) {
  EXPECT_EQ(stream(sentence_piece(), {0, 0}), "a| a||");
  EXPECT_EQ(stream(sentence_piece(), {5, 0}), "| a||") << "one space only";
  EXPECT_EQ(stream(sentence_piece(), {6}), " ||");
  EXPECT_EQ(stream(sentence_piece(), {7, 0}), "|a||") << "a control token is no beginning";
  EXPECT_EQ(stream(sentence_piece(), {1, 2, 0}), "|é| a||");
  EXPECT_EQ(stream(sentence_piece(), {0, 0}, {.start = TextStart::kContinuation}), " a| a||");
}

TEST(Detokenizer, BeginsAnewAfterItsEnd) {
  Detokenizer detokenizer(sentence_piece());
  EXPECT_EQ(detokenizer.push(0), "a");
  EXPECT_EQ(detokenizer.push(1), "");
  EXPECT_EQ(detokenizer.finish(), "\uFFFD");
  EXPECT_EQ(detokenizer.push(0), "a");
  EXPECT_EQ(detokenizer.finish(), "");
}

TEST(Detokenizer, PiecesTogetherAreWhatDecodeGives) {
  std::mt19937 random(3);
  for (int round = 0; round < 500; ++round) {
    std::vector<int32_t> ids(random() % 12);
    for (int32_t& id : ids) id = static_cast<int32_t>(random() % 9);
    Detokenizer detokenizer(byte_level());
    std::string text;
    for (const int32_t id : ids) {
      const std::string piece = detokenizer.push(id);
      ASSERT_TRUE(is_utf8(piece));
      text += piece;
    }
    ASSERT_EQ(text + detokenizer.finish(), byte_level()->decode(ids));
  }
}

}  // namespace
}  // namespace lathe::text
