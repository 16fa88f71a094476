// SPDX-License-Identifier: Apache-2.0
// Bad files, bad bytes, special ids.
#include "lathe/text/tokenizer.h"

#include <gtest/gtest.h>

#include "lathe/base/error.h"
#include "lathe/text/detokenizer.h"

namespace lathe::text {
namespace {

// The vocabulary a, b, ab, <s>, and the bytes of two characters.
constexpr std::string_view kSmall = R"({
  "added_tokens": [{"id": 3, "content": "<s>", "special": true}],
  "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
  "decoder": {"type": "ByteLevel"},
  "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2, "Ã": 4, "©": 5, "ð": 6},
            "merges": ["a b"]}})";

std::shared_ptr<const Tokenizer> small(std::string_view config = "{}") {
  return Tokenizer::load(
      {{"tokenizer.json", std::string(kSmall)}, {"tokenizer_config.json", std::string(config)}});
}

// kSmall with the first `from` replaced.
std::string changed(std::string_view from, std::string_view to) {
  std::string out(kSmall);
  const size_t at = out.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return out.replace(at, from.size(), to);
}

Error load_error(const TokenizerFiles& files) {
  try {
    Tokenizer::load(files);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "loaded";
  return {ErrorCode::kInternal, ""};
}

std::string message_of(std::string json) {
  return load_error({{"tokenizer.json", std::move(json)}}).message();
}

TEST(Tokenizer, ErrorsNameTheField) {
  EXPECT_EQ(load_error({}).code(), ErrorCode::kNotFound);
  EXPECT_EQ(message_of(changed("BPE", "Unigram")),
            "tokenizer.json: model: type 'Unigram' is not supported, expected BPE");
  EXPECT_EQ(message_of(changed("\"ab\": 2,", "")),
            "tokenizer.json: model: merges: [0]: token 'ab' is not in the vocabulary");
  EXPECT_EQ(message_of(changed("\"b\": 1", "\"b\": 0")),
            "tokenizer.json: tokens 'a' and 'b' both have id 0");
  EXPECT_EQ(message_of(changed("\"ab\": 2", "\"ab\": 999999999999")),
            "tokenizer.json: token 'ab' has id 999999999999, expected one from 0 to 65549 in a "
            "vocabulary of 7");
  EXPECT_EQ(message_of(changed("\"ab\": 2", "\"ab\": \"x\"")),
            "tokenizer.json: model.vocab: 'ab': expected an integer, got a string");
  EXPECT_NE(message_of(changed("\"ByteLevel\", ", "\"Magic\", "))
                .find("pre_tokenizer: type 'Magic' is not known, expected one of ByteLevel"),
            std::string::npos);
  EXPECT_NE(message_of("{\"model\": {").find("tokenizer.json: byte "), std::string::npos);
  EXPECT_NE(message_of("[]").find("tokenizer.json: "), std::string::npos);
}

TEST(Tokenizer, RefusesWhatWouldGiveOtherIds) {
  const auto code = [](std::string json) {
    return load_error({{"tokenizer.json", std::move(json)}}).code();
  };
  EXPECT_EQ(code(changed("\"merges\"", "\"end_of_word_suffix\": \"</w>\", \"merges\"")),
            ErrorCode::kUnsupported);
  EXPECT_EQ(code(changed("\"decoder\": {\"type\": \"ByteLevel\"}", "\"decoder\": null")),
            ErrorCode::kUnsupported);
  EXPECT_EQ(code(changed("\"decoder\"", "\"normalizer\": {\"type\": \"Nmt\"}, \"decoder\"")),
            ErrorCode::kUnsupported);
}

TEST(Tokenizer, InvalidUtf8CountsAsReplacementCharacters) {
  // U+FFFD is not in this vocabulary: it vanishes, what stands around it does not merge across.
  EXPECT_EQ(small()->encode("a\xFF"
                            "b"),
            (std::vector<int32_t>{0, 1}));
  EXPECT_EQ(small()->encode("ab\xC3"), (std::vector<int32_t>{2}));
}

TEST(Tokenizer, SpecialTokens) {
  const auto tokenizer = small(R"({"bos_token": {"content": "<s>"}, "eos_token": "<s>"})");
  EXPECT_EQ(tokenizer->bos_id(), 3);
  EXPECT_EQ(tokenizer->eos_ids(), std::vector<int32_t>{3});
  EXPECT_EQ(tokenizer->bos_token(), "<s>");
  EXPECT_TRUE(tokenizer->is_special(3));
  EXPECT_FALSE(tokenizer->is_special(0));
  EXPECT_EQ(tokenizer->encode("a<s>b"), (std::vector<int32_t>{0, 3, 1}));
  EXPECT_EQ(tokenizer->encode("<s>", {.parse_special = false}), std::vector<int32_t>{});
  EXPECT_EQ(small()->bos_id(), std::nullopt);
  EXPECT_EQ(small()->bos_token(), "");
}

TEST(Tokenizer, TokensById) {
  const auto tokenizer = small();
  EXPECT_EQ(tokenizer->vocab_size(), 7);
  EXPECT_EQ(tokenizer->token(2), "ab");
  EXPECT_EQ(tokenizer->token(4), "Ã");
  EXPECT_EQ(tokenizer->token_bytes(4), "\xC3");
  EXPECT_EQ(tokenizer->find("ab"), 2);
  EXPECT_EQ(tokenizer->find("x"), std::nullopt);
  for (const int32_t id : {-1, 7, INT32_MAX}) {
    EXPECT_EQ(tokenizer->token(id), "");
    EXPECT_EQ(tokenizer->token_bytes(id), "");
    EXPECT_FALSE(tokenizer->is_special(id));
    EXPECT_EQ(tokenizer->decode(std::vector<int32_t>{0, id, 1}), "ab");
  }
}

TEST(Tokenizer, GapsAmongTheIdsHaveNoToken) {
  const auto tokenizer = Tokenizer::load({{"tokenizer.json", changed("\"ð\": 6", "\"ð\": 9")}});
  EXPECT_EQ(tokenizer->vocab_size(), 10);
  EXPECT_EQ(tokenizer->token(9), "ð");
  for (const int32_t id : {6, 7, 8}) {
    EXPECT_EQ(tokenizer->token(id), "");
    EXPECT_EQ(tokenizer->token_bytes(id), "");
    EXPECT_FALSE(tokenizer->is_special(id));
    EXPECT_EQ(tokenizer->decode(std::vector<int32_t>{0, id, 1}), "ab");
    EXPECT_EQ(Detokenizer(tokenizer).push(id), "");
  }
  EXPECT_EQ(tokenizer->find(""), std::nullopt);
}

TEST(Tokenizer, EveryIdAroundATextHasAToken) {
  const auto framed = [](std::string_view ids) {
    return changed("\"decoder\"", cat(R"("post_processor": {"type": "TemplateProcessing",
      "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}],
      "special_tokens": {"<s>": {"ids": )",
                                      ids, "}}}, \"decoder\""));
  };
  EXPECT_EQ(Tokenizer::load({{"tokenizer.json", framed("[3, 0]")}})->encode("b"),
            (std::vector<int32_t>{3, 0, 1}));
  EXPECT_EQ(message_of(framed("[3, 7]")), "tokenizer.json: post_processor: no token has id 7");
  EXPECT_EQ(message_of(framed("[-1]")), "tokenizer.json: post_processor: no token has id -1");
  EXPECT_EQ(message_of(framed("[4294967299]")),
            "tokenizer.json: post_processor: integer 4294967299 is out of range");
}

TEST(Tokenizer, ALongWordIsNotQuadratic) {
  const auto tokenizer = small();
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "ab";
  EXPECT_EQ(tokenizer->encode(text).size(), 200'000u);
}

TEST(Tokenizer, ARunawayExpressionIsAnError) {
  const auto tokenizer = Tokenizer::load(
      {{"tokenizer.json",
        changed(
            R"({"type": "ByteLevel", "add_prefix_space": false})",
            R"({"type": "Split", "pattern": {"Regex": "(a+)+(a+)+\\z"}, "behavior": "Isolated"})")}});
  try {
    tokenizer->encode(std::string(5000, 'a') + "b");
    ADD_FAILURE() << "encoded";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kResourceExhausted) << error.message();
  }
}

}  // namespace
}  // namespace lathe::text
