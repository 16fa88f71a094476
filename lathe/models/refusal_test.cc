// SPDX-License-Identifier: Apache-2.0
// Configs that no network can be built from: one clear message each, in every family.
#include <gtest/gtest.h>

#include <limits>

#include "lathe/models/family.h"
#include "tests/support/config_case.h"
#include "tests/support/corpus.h"
#include "tests/support/temp_dir.h"

namespace lathe::models {
namespace {

using lathe::testing::error_of;

constexpr std::string_view kLlama = R"({"model_type": "llama", "vocab_size": 50, "hidden_size": 32,
    "num_hidden_layers": 1, "num_attention_heads": 4, "intermediate_size": 40,
    "hidden_act": "silu", "rms_norm_eps": 1e-5, "max_position_embeddings": 64})";
constexpr std::string_view kGpt2 = R"({"model_type": "gpt2", "vocab_size": 50, "n_embd": 32,
    "n_layer": 1, "n_head": 4, "n_positions": 64, "layer_norm_epsilon": 1e-5,
    "activation_function": "gelu_new"})";

std::string refusal(std::string_view config, std::string_view field, const Json& value) {
  Json changed = Json::parse(config, "test");
  changed[field] = value;
  return error_of([&] { build_model(changed, Json::object()); });
}

TEST(Refusal, TheConfigsThemselvesAreFine) {
  EXPECT_EQ(refusal(kLlama, "unread", 1), "no error");
  EXPECT_EQ(refusal(kGpt2, "unread", 1), "no error");
}

TEST(Refusal, CorpusBuildsOrIsRefused) {
  lathe::testing::expect_corpus("config_fuzz", [](auto bytes, const std::string& name) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    with_context(name, [&] { lathe::testing::build_case(text, "config.json"); });
  });
}

TEST(Refusal, Llama) {
  const auto refused = [](std::string_view field, const Json& value) {
    return refusal(kLlama, field, value);
  };
  EXPECT_EQ(refused("hidden_size", Json()),
            "config (llama): hidden_size: expected a number from 1 to 16777216, but it is missing");
  EXPECT_EQ(refused("vocab_size", -1),
            "config (llama): vocab_size: expected a number from 1 to 16777216, got -1");
  EXPECT_EQ(refused("num_hidden_layers", 1000000),
            "config (llama): num_hidden_layers: expected a number from 1 to 1024, got 1000000");
  EXPECT_EQ(refused("hidden_act", "xielu"),
            "config (llama): hidden_act: expected one of silu, swish, gelu, gelu_new, "
            "gelu_pytorch_tanh, gelu_fast, quick_gelu, relu, got 'xielu'");
  EXPECT_EQ(refused("head_dim", 257),
            "config (llama): head_dim: expected 1 to 256 (attention kernels hold no larger head), "
            "got 257");
  EXPECT_EQ(refused("head_dim", 7),
            "config (llama): partial_rotary_factor: expected an even number of rotated dims, 2 to "
            "head_dim (7), got 1 * 7");
  EXPECT_EQ(refused("num_key_value_heads", 3),
            "config (llama): num_key_value_heads: expected a divisor of num_attention_heads (4), "
            "got 3");
  EXPECT_EQ(refused("rms_norm_eps", "small"),
            "config (llama): rms_norm_eps: expected a number, got a string");
  EXPECT_EQ(refused("rms_norm_eps", std::numeric_limits<double>::infinity()),
            "config (llama): rms_norm_eps: expected a number above 0, got inf");
  EXPECT_EQ(refused("attention_bias", "yes"),
            "config (llama): attention_bias: expected a boolean, got a string");
  EXPECT_EQ(refused("architectures", Json::Array{"LlamaForSequenceClassification"}),
            "config: architectures: expected LlamaForCausalLM, got "
            "'LlamaForSequenceClassification'");
}

TEST(Refusal, Gpt2) {
  const auto refused = [](std::string_view field, const Json& value) {
    return refusal(kGpt2, field, value);
  };
  EXPECT_EQ(refused("n_head", 5),
            "config (gpt2): number of heads: expected a divisor of the hidden size (32), got 5");
  EXPECT_EQ(refused("n_positions", Json()),
            "config (gpt2): n_positions: expected a number from 1 to 16777216, but it is missing");
  EXPECT_EQ(refused("add_cross_attention", true),
            "config (gpt2): add_cross_attention: expected false, got true: encoder-decoder models "
            "are not built by this family");
}

}  // namespace
}  // namespace lathe::models
