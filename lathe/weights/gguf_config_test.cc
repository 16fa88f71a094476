// SPDX-License-Identifier: Apache-2.0
// GGUF metadata in the words that config.json has at Hugging Face.
#include "lathe/weights/gguf_config.h"

#include <gtest/gtest.h>

#include "tests/support/gguf_model.h"

namespace lathe::weights {
namespace {

using testing::error_of;
using testing::GgufBuilder;
using testing::GgufModel;
using testing::OpenGguf;

Json config_of(const GgufBuilder& builder) {
  const OpenGguf file(builder);
  const GgufFamily& family = family_of(*file);
  return family.config(*file, family);
}

// The members of `expected` are members of `config`.
void expect_members(const Json& config, std::string_view expected) {
  const Json want = Json::parse(expected, "expected");
  for (const auto& [name, value] : want.as_object()) {
    const Json* got = config.find(name);
    ASSERT_NE(got, nullptr) << name;
    EXPECT_EQ(got->dump(), value.dump()) << name;
  }
}

TEST(GgufConfig, LlamasFacts) {
  expect_members(config_of(GgufModel().builder()), R"({
    "model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 5,
    "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
    "num_key_value_heads": 1, "head_dim": 4, "max_position_embeddings": 64, "rms_norm_eps": 1e-06,
    "hidden_act": "silu", "attention_bias": false, "mlp_bias": false, "rope_theta": 10000.0,
    "rope_scaling": null, "tie_word_embeddings": true})");
}

TEST(GgufConfig, TensorsSayWhetherThereAreBiasesAndAHead) {
  GgufBuilder builder = GgufModel().builder();
  builder.tensor("output.weight", {5, 8}, 0, std::string(160, 'o'));
  builder.tensor("blk.0.attn_q.bias", {8}, 0, std::string(32, 'q'));
  builder.tensor("blk.0.ffn_up.bias", {16}, 0, std::string(64, 'u'));
  expect_members(config_of(builder),
                 R"({"tie_word_embeddings": false, "attention_bias": true, "mlp_bias": true})");
}

TEST(GgufConfig, KeysThatMayBeLeftOut) {
  GgufModel model;
  model.sizes["attention.key_length"] = 6;
  model.sizes["rope.dimension_count"] = 3;
  expect_members(config_of(model.builder()), R"({"head_dim": 6, "partial_rotary_factor": 0.5})");
  model = GgufModel();
  model.sizes.erase("attention.head_count_kv");
  expect_members(config_of(model.builder()), R"({"num_key_value_heads": 2})");
  EXPECT_EQ(config_of(GgufModel().builder()).find("partial_rotary_factor"), nullptr);
  EXPECT_EQ(config_of(GgufModel().builder()).find("sliding_window"), nullptr);
}

TEST(GgufConfig, ALlamaWithAWindowIsAMistral) {
  GgufModel model;
  model.sizes["attention.sliding_window"] = 32;
  expect_members(config_of(model.builder()), R"({"model_type": "mistral",
    "architectures": ["MistralForCausalLM"], "sliding_window": 32})");
  model.architecture = "qwen2";
  expect_members(config_of(model.builder()), R"({"model_type": "qwen2", "sliding_window": 32})");
}

TEST(GgufConfig, EachFamilyHasItsTypeAndClass) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"qwen2", R"({"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"]})"},
      {"qwen3", R"({"model_type": "qwen3", "architectures": ["Qwen3ForCausalLM"]})"},
      {"glm4", R"({"model_type": "glm4", "architectures": ["Glm4ForCausalLM"]})"},
      {"chatglm", R"({"model_type": "glm", "architectures": ["GlmForCausalLM"]})"},
  };
  for (const auto& test : cases) {
    expect_members(config_of(GgufModel{.architecture = std::string(test.first)}.builder()),
                   test.second);
  }
}

TEST(GgufConfig, ChatglmHasItsOwnNames) {
  GgufBuilder builder = GgufModel{.architecture = "chatglm"}.builder();
  builder.tensor("blk.0.attn_qkv.weight", {16, 8}, 0, std::string(512, 'q'));
  builder.tensor("blk.0.attn_qkv.bias", {16}, 0, std::string(64, 'b'));
  builder.number("chatglm.rope.freq_base", 50000.0f);
  expect_members(config_of(builder), R"({
    "model_type": "chatglm", "architectures": ["ChatGLMForConditionalGeneration"],
    "padded_vocab_size": 5, "vocab_size": 5, "hidden_size": 8, "ffn_hidden_size": 16,
    "num_layers": 2, "num_attention_heads": 2, "multi_query_attention": true,
    "multi_query_group_num": 1, "kv_channels": 4, "seq_length": 64, "layernorm_epsilon": 1e-06,
    "rmsnorm": true, "post_layer_norm": true, "add_bias_linear": false, "add_qkv_bias": true,
    "rope_ratio": 5.0})");
}

TEST(GgufConfig, Gpt2HasItsOwnNames) {
  expect_members(config_of(GgufModel{.architecture = "gpt2"}.builder()), R"({
    "model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_positions": 64, "n_ctx": 64,
    "n_embd": 8, "n_inner": 16, "n_layer": 2, "n_head": 2, "layer_norm_epsilon": 1e-06,
    "activation_function": "gelu_new", "vocab_size": 5})");
}

TEST(GgufConfig, SpecialIdsAreCopied) {
  GgufBuilder builder = GgufModel().builder();
  builder.number("tokenizer.ggml.bos_token_id", uint32_t{1});
  builder.number("tokenizer.ggml.eos_token_id", uint32_t{2});
  builder.number("tokenizer.ggml.padding_token_id", uint32_t{3});
  expect_members(config_of(builder),
                 R"({"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 3})");
}

TEST(GgufConfig, RefusalsNameTheKey) {
  const auto refusal = [](std::string_view key, std::optional<uint32_t> size) {
    GgufModel model;
    model.sizes.erase(std::string(key));
    if (size) model.sizes[std::string(key)] = *size;
    return error_of([&] { config_of(model.builder()); });
  };
  for (const char* key :
       {"feed_forward_length", "block_count", "context_length", "attention.head_count"}) {
    EXPECT_EQ(refusal(key, std::nullopt), cat("metadata 'llama.", key, "' is missing"));
    EXPECT_EQ(refusal(key, 0),
              cat("llama.", key, ": expected a number from 1 to 2147483647, got 0"));
    EXPECT_EQ(refusal(key, 0x80000000),
              cat("llama.", key, ": expected a number from 1 to 2147483647, got 2147483648"));
  }
  EXPECT_EQ(refusal("attention.head_count", 3),
            "llama.embedding_length 8 is no multiple of 3 heads, and llama.attention.key_length "
            "is missing");
  EXPECT_EQ(refusal("rope.dimension_count", 6), "llama.rope.dimension_count is 6, a head has 4");
  EXPECT_EQ(refusal("expert_count", 8),
            "llama.expert_count is 8: GGUF files with experts are not read; the Hugging Face "
            "folder may be");
}

TEST(GgufHeadCount, MayBeAnArrayOfEqualNumbers) {
  const auto heads = [](const std::vector<int32_t>& layers) {
    GgufModel model;
    model.sizes.erase("attention.head_count");
    const OpenGguf file(model.builder().numbers("llama.attention.head_count", layers));
    return gguf_head_count(*file, "llama", HeadKind::kQuery);
  };
  EXPECT_EQ(heads({4, 4, 4}), 4);
  EXPECT_EQ(heads({2}), 2);
  EXPECT_EQ(error_of([&] {
              heads({4, 2});
            }),
            "llama.attention.head_count: layers with different numbers of heads are not supported");
  EXPECT_EQ(error_of([&] { heads({}); }),
            "llama.attention.head_count: layers with different numbers of heads are not supported");
  EXPECT_EQ(error_of([&] {
              heads({-1, -1});
            }),
            "llama.attention.head_count: expected a positive number, got -1");
}

TEST(GgufGenerationConfig, HoldsIdsAndSamplingDefaults) {
  GgufBuilder builder = GgufModel().builder();
  EXPECT_EQ(gguf_generation_config(*OpenGguf(builder)).dump(), "{}");
  builder.number("tokenizer.ggml.bos_token_id", uint32_t{1});
  builder.number("tokenizer.ggml.eos_token_id", uint32_t{2});
  builder.number("general.sampling.temp", 0.5f).number("general.sampling.top_k", int32_t{40});
  builder.number("general.sampling.top_p", 0.25f).number("general.sampling.min_p", 0.125f);
  builder.number("general.sampling.penalty_repeat", 1.5f);
  expect_members(gguf_generation_config(*OpenGguf(builder)), R"({
    "bos_token_id": 1, "eos_token_id": 2, "temperature": 0.5, "top_k": 40, "top_p": 0.25,
    "min_p": 0.125, "repetition_penalty": 1.5})");
}

TEST(GgufGenerationConfig, TheEndOfATurnEndsAnAnswerToo) {
  const auto eos = [](uint32_t eot) {
    GgufBuilder builder = GgufModel().builder();
    builder.number("tokenizer.ggml.eos_token_id", uint32_t{2});
    builder.number("tokenizer.ggml.eot_token_id", eot);
    return gguf_generation_config(*OpenGguf(builder)).at("eos_token_id").dump();
  };
  EXPECT_EQ(eos(7), "[2,7]");
  EXPECT_EQ(eos(2), "2");
}

}  // namespace
}  // namespace lathe::weights
