// SPDX-License-Identifier: Apache-2.0
// Tokenizer metadata as the JSON that the text module reads.
#include "lathe/weights/gguf_tokenizer.h"

#include <gtest/gtest.h>

#include "tests/support/gguf_model.h"

namespace lathe::weights {
namespace {

using testing::error_of;
using testing::GgufBuilder;
using testing::OpenGguf;

std::string json_of(const GgufBuilder& builder) {
  return gguf_tokenizer(*OpenGguf(builder)).dump();
}

TEST(GgufTokenizerJson, HasAFieldOnlyWhereTheFileHasIt) {
  EXPECT_EQ(json_of(GgufBuilder()), "{}");
  EXPECT_EQ(json_of(GgufBuilder().text("tokenizer.ggml.model", "gpt2")), R"({"model":"gpt2"})");
  EXPECT_EQ(json_of(GgufBuilder().text("tokenizer.ggml.other", "x")), "{}");
}

TEST(GgufTokenizerJson, AllFields) {
  GgufBuilder builder;
  builder.text("tokenizer.ggml.model", "llama").text("tokenizer.ggml.pre", "llama-bpe");
  builder.texts("tokenizer.ggml.tokens", {"a", "é", ""}).texts("tokenizer.ggml.merges", {"a b"});
  builder.numbers("tokenizer.ggml.token_type", std::vector<int32_t>{1, 3, 6});
  builder.numbers("tokenizer.ggml.scores", std::vector<float>{0.5f, -1, 0});
  builder.number("tokenizer.ggml.bos_token_id", uint32_t{1});
  builder.number("tokenizer.ggml.eos_token_id", uint32_t{2});
  builder.number("tokenizer.ggml.eot_token_id", int64_t{3});
  builder.number("tokenizer.ggml.unknown_token_id", uint8_t{4});
  builder.number("tokenizer.ggml.padding_token_id", uint16_t{5});
  builder.number("tokenizer.ggml.add_bos_token", true);
  builder.number("tokenizer.ggml.add_eos_token", false);
  builder.number("tokenizer.ggml.add_space_prefix", true);
  builder.text("tokenizer.chat_template", "{{ messages }}");
  const Json got = Json::parse(json_of(builder), "got");
  const Json want = Json::parse(R"({"model": "llama", "pre": "llama-bpe", "tokens": ["a", "é", ""],
    "merges": ["a b"], "token_types": [1, 3, 6], "scores": [0.5, -1.0, 0.0], "bos_id": 1,
    "eos_id": 2, "eot_id": 3, "unk_id": 4, "pad_id": 5, "add_bos": true, "add_eos": false,
    "add_space_prefix": true, "chat_template": "{{ messages }}"})",
                                "want");
  EXPECT_EQ(got.dump(), want.dump());
}

TEST(GgufTokenizerJson, RefusalsNameTheKeyAndTheType) {
  const auto refusal = [](const GgufBuilder& builder) {
    return error_of([&] { json_of(builder); });
  };
  EXPECT_EQ(refusal(GgufBuilder().number("tokenizer.ggml.model", uint32_t{1})),
            "tokenizer.ggml.model: expected a string, got uint32");
  EXPECT_EQ(refusal(GgufBuilder().text("tokenizer.ggml.tokens", "a")),
            "tokenizer.ggml.tokens: expected an array of strings, got string");
  EXPECT_EQ(refusal(GgufBuilder().numbers("tokenizer.ggml.tokens", std::vector<int32_t>{1})),
            "tokenizer.ggml.tokens: expected an array of strings, got an array of int32");
  EXPECT_EQ(refusal(GgufBuilder().texts("tokenizer.ggml.token_type", {"a"})),
            "tokenizer.ggml.token_type: expected an array of int32, got an array of string");
  EXPECT_EQ(refusal(GgufBuilder().numbers("tokenizer.ggml.scores", std::vector<int32_t>{1})),
            "tokenizer.ggml.scores: expected an array of float32, got an array of int32");
  EXPECT_EQ(refusal(GgufBuilder().text("tokenizer.ggml.bos_token_id", "1")),
            "tokenizer.ggml.bos_token_id: expected an integer, got string");
  EXPECT_EQ(refusal(GgufBuilder().number("tokenizer.ggml.add_bos_token", uint32_t{1})),
            "tokenizer.ggml.add_bos_token: expected a bool, got uint32");
}

}  // namespace
}  // namespace lathe::weights
