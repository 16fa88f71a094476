// SPDX-License-Identifier: Apache-2.0
// The metadata of a GGUF file as a tokenizer: what each field does to ids.
#include <gtest/gtest.h>

#include "lathe/base/json.h"
#include "lathe/text/tokenizer.h"
#include "tests/support/temp_dir.h"

namespace lathe::text {
namespace {

using testing::error_of;
using Ids = std::vector<int32_t>;

std::shared_ptr<const Tokenizer> load(const Json& json) {
  return Tokenizer::load({{"gguf_tokenizer.json", json.dump()}});
}

// The fields of `base` with those of `changes` in their place; null removes one.
Json changed(std::string_view base, std::string_view changes) {
  Json out = Json::parse(base, "base");
  const Json change = Json::parse(changes, "changes");
  for (const auto& [key, value] : change.as_object()) out[key] = value;
  return out;
}

constexpr std::string_view kBytePairs = R"({"model": "gpt2", "pre": "gpt-2",
  "tokens": ["a", "b", "ab", "Ġ", "Ġa", "1", "2", "12", "<|im_end|>", "<user>"],
  "merges": ["a b", "Ġ a", "1 2"], "token_types": [1, 1, 1, 1, 1, 1, 1, 1, 3, 4],
  "eos_id": 8})";

Json byte_pairs(std::string_view changes = "{}") { return changed(kBytePairs, changes); }

// <unk>=0 <s>=1 </s>=2, bytes of é, then pieces with scores.
constexpr std::string_view kPieces = R"({"model": "llama",
  "tokens": ["<unk>", "<s>", "</s>", "<0xC3>", "<0xA9>", "▁", "a", "b", "▁a", "ab", "▁ab"],
  "scores": [0, 0, 0, 0, 0, -9, -8, -7, -3, -2, -1],
  "token_types": [2, 3, 3, 6, 6, 1, 1, 1, 1, 1, 1], "bos_id": 1, "eos_id": 2, "unk_id": 0})";

Json pieces(std::string_view changes = "{}") { return changed(kPieces, changes); }

TEST(GgufBytePairs, MergesAndPreTokenizerDecide) {
  EXPECT_EQ(load(byte_pairs())->encode("ab a12"), (Ids{2, 4, 7}));
  EXPECT_EQ(load(byte_pairs(R"({"pre": "smollm"})"))->encode("ab a12"), (Ids{2, 4, 5, 6}));
  EXPECT_EQ(load(byte_pairs(R"({"merges": []})"))->encode("ab"), (Ids{0, 1}));
  EXPECT_EQ(load(byte_pairs(R"({"merges": [], "pre": "glm4"})"))->encode("ab"), (Ids{2}))
      << "a word that is a token needs no merge";
}

TEST(GgufBytePairs, ControlAndUserTokensAreFoundInTheText) {
  const auto tokenizer = load(byte_pairs());
  EXPECT_EQ(tokenizer->encode("a<|im_end|>b<user>"), (Ids{0, 8, 1, 9}));
  EXPECT_EQ(tokenizer->encode("<user><|im_end|>", {.parse_special = false}), (Ids{9}));
  EXPECT_TRUE(tokenizer->is_special(8));
  EXPECT_FALSE(tokenizer->is_special(9));
  EXPECT_EQ(tokenizer->decode(Ids{0, 8, 9}), "a<user>");
}

TEST(GgufBytePairs, BosAndEosAreAddedWhereTheFileOrItsFamilySays) {
  constexpr std::string_view kBos = R"({"bos_id": 9})";
  EXPECT_EQ(load(byte_pairs(kBos))->encode("a"), (Ids{0}));
  EXPECT_EQ(load(byte_pairs(R"({"bos_id": 9, "pre": "llama-bpe"})"))->encode("a"), (Ids{9, 0}));
  EXPECT_EQ(load(byte_pairs(R"({"bos_id": 9, "add_bos": true})"))->encode("a"), (Ids{9, 0}));
  EXPECT_EQ(load(byte_pairs(R"({"bos_id": 9, "pre": "llama-bpe", "add_bos": false})"))->encode("a"),
            (Ids{0}));
  EXPECT_EQ(load(byte_pairs(R"({"add_eos": true})"))->encode("a"), (Ids{0, 8}));
  EXPECT_EQ(load(byte_pairs(R"({"add_bos": true})"))->encode("a"), (Ids{0})) << "it has no BOS";
  EXPECT_EQ(load(byte_pairs(R"({"add_eos": true})"))->encode("a", {.add_special = false}),
            (Ids{0}));
}

TEST(GgufBytePairs, AnAnswerEndsWithEosOrTheEndOfATurn) {
  EXPECT_EQ(load(byte_pairs())->eos_ids(), (Ids{8})) << "EOS is the end of a turn, once";
  EXPECT_EQ(load(byte_pairs(R"({"eos_id": 0})"))->eos_ids(), (Ids{0, 8}));
  EXPECT_EQ(load(byte_pairs(R"({"eos_id": 0, "eot_id": 1})"))->eos_ids(), (Ids{0, 1, 8}));
  EXPECT_EQ(load(byte_pairs(R"({"eos_id": null})"))->eos_ids(), (Ids{8}));
  EXPECT_EQ(load(byte_pairs())->eos_token(), "<|im_end|>");
  EXPECT_EQ(load(byte_pairs())->bos_token(), "");
}

TEST(GgufBytePairs, TypesMayBeMissing) {
  Json json = byte_pairs();
  std::erase_if(json.as_object(), [](const Json::Member& m) { return m.first == "token_types"; });
  const auto tokenizer = load(json);
  EXPECT_FALSE(tokenizer->is_special(8));
  EXPECT_EQ(tokenizer->encode("<user>"), Ids{}) << "no token: its characters have none";
}

TEST(GgufSentencePiece, TheBestScoreMergesFirst) {
  EXPECT_EQ(load(pieces())->encode("ab", {.add_special = false}), (Ids{10}));
  EXPECT_EQ(load(pieces())->encode("abab", {.add_special = false}), (Ids{10, 9}));
  // With ▁a above ab, "▁a" is taken first and b stays alone, for no token is made of "▁a" and "b"
  // but ▁ab.
  EXPECT_EQ(load(pieces(R"({"scores": [0, 0, 0, 0, 0, -9, -8, -7, -1, -2, -99]})"))
                ->encode("ab b", {.add_special = false}),
            (Ids{10, 5, 7}));
  EXPECT_EQ(load(pieces(R"({"scores": [0, 0, 0, 0, 0, -9, -8, -7, -2, -1, -99]})"))
                ->encode("aab", {.add_special = false}),
            (Ids{8, 9}));
}

TEST(GgufSentencePiece, BytesAndThenTheUnknownTokenStandForWhatHasNoPiece) {
  const auto tokenizer = load(pieces());
  EXPECT_EQ(tokenizer->encode("é", {.add_special = false}), (Ids{5, 3, 4}));
  EXPECT_EQ(tokenizer->encode("漢", {.add_special = false}), (Ids{5, 0}));
  EXPECT_EQ(load(pieces(R"({"unk_id": null})"))->encode("漢", {.add_special = false}), (Ids{5}));
  EXPECT_EQ(tokenizer->decode(Ids{5, 3, 4}), "é");
}

TEST(GgufSentencePiece, ATextBeginsWithASpaceUnlessTheFileSaysNo) {
  EXPECT_EQ(load(pieces())->encode("a"), (Ids{1, 8}));
  EXPECT_EQ(load(pieces(R"({"add_space_prefix": false})"))->encode("a"), (Ids{1, 6}));
  EXPECT_EQ(load(pieces(R"({"add_space_prefix": false})"))->decode(Ids{8}), " a");
  EXPECT_EQ(load(pieces())->decode(Ids{8}), "a");
  EXPECT_EQ(load(pieces())->encode("a</s>a"), (Ids{1, 8, 2, 8})) << "and so does each part";
  EXPECT_EQ(load(pieces(R"({"add_bos": false, "add_eos": true})"))->encode("a"), (Ids{8, 2}));
}

TEST(GgufTokenizerFields, AnUnknownPreTokenizerIsUnsupported) {
  const std::string message = error_of([] { load(byte_pairs(R"({"pre": "somebody"})")); });
  EXPECT_TRUE(message.starts_with("GGUF tokenizer: tokenizer.ggml.pre: 'somebody' is not known"))
      << message;
}

TEST(GgufTokenizerFields, Refusals) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({"model": "bert"})",
       "model: 'bert' is not supported, expected gpt2 (byte-level BPE) or llama (SentencePiece "
       "BPE)"},
      {R"({"model": 5})", "model: expected a string, got an integer"},
      {R"({"tokens": "a"})", "expected an array, got a string"},
      {R"({"eos_id": 10})", "eos_id: 10 is not in a vocabulary of 10"},
      {R"({"bos_id": -1})", "bos_id: -1 is not in a vocabulary of 10"},
      {R"({"eot_id": "x"})", "eot_id: expected an integer, got a string"},
      {R"({"token_types": [1]})", "token_types: expected 10 of them, got 1"},
      {R"({"merges": ["a c"]})", "merges: [0]: token 'c' is not in the vocabulary"},
      {R"({"merges": ["ab"]})",
       "merges: [0]: expected two tokens with a space between them, got 'ab'"},
      {R"({"add_bos": 1, "bos_id": 1})", "add_bos: expected a boolean, got an integer"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(error_of([&] { load(byte_pairs(test.first)); }),
              cat("GGUF tokenizer: ", test.second));
  }
  EXPECT_EQ(error_of([] { load(pieces(R"({"scores": [1, 2]})")); }),
            "GGUF tokenizer: merges: scores: expected 11 of them, got 2");
  EXPECT_EQ(error_of([] { load(pieces(R"({"tokens": ["a", 3], "token_types": [1, 1]})")); }),
            "GGUF tokenizer: tokens[1]: expected a string, got an integer");
}

}  // namespace
}  // namespace lathe::text
