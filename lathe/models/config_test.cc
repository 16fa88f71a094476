// SPDX-License-Identifier: Apache-2.0
#include "lathe/models/config.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace lathe::models {
namespace {

using lathe::testing::error_of;

// Keeps the JSON that a Config looks at.
struct Parsed {
  explicit Parsed(std::string_view text) : json(Json::parse(text, "test")) {}
  const Config* operator->() const { return &config; }
  Json json;
  Config config{json};
};

TEST(Config, CountsAreWholeAndBounded) {
  const Parsed config(R"({"a": 3, "b": 3.0, "zero": 0, "minus": -1, "half": 0.5, "text": "3",
                          "huge": 99999999999, "null": null})");
  EXPECT_EQ(config->count("a"), 3);
  EXPECT_EQ(config->count("b"), 3);
  EXPECT_EQ(config->find_count("null"), std::nullopt);
  EXPECT_EQ(config->find_count("none"), std::nullopt);
  EXPECT_EQ(error_of([&] { config->count("none"); }),
            "none: expected a number from 1 to 16777216, but it is missing");
  EXPECT_EQ(error_of([&] { config->count("zero"); }),
            "zero: expected a number from 1 to 16777216, got 0");
  EXPECT_EQ(error_of([&] { config->find_count("minus"); }),
            "minus: expected a number from 1 to 16777216, got -1");
  EXPECT_EQ(error_of([&] { config->count("huge"); }),
            "huge: expected a number from 1 to 16777216, got 99999999999");
  EXPECT_EQ(error_of([&] { config->count("a", 2); }), "a: expected a number from 1 to 2, got 3");
  EXPECT_EQ(error_of([&] { config->count("half"); }), "half: expected an integer, got a number");
  EXPECT_EQ(error_of([&] { config->count("text"); }), "text: expected an integer, got a string");
}

TEST(Config, PositiveNumbers) {
  const Parsed config(R"({"eps": 1e-6, "one": 1, "zero": 0, "text": "x"})");
  EXPECT_EQ(config->positive("eps"), 1e-6);
  EXPECT_EQ(config->positive("one"), 1);
  EXPECT_EQ(config->find_positive("none"), std::nullopt);
  EXPECT_EQ(error_of([&] { config->positive("zero"); }), "zero: expected a number above 0, got 0");
  EXPECT_EQ(error_of([&] { config->positive("none"); }),
            "none: expected a number above 0, but it is missing");
  EXPECT_EQ(error_of([&] { config->positive("text"); }), "text: expected a number, got a string");
}

TEST(Config, FlagsAndTexts) {
  const Parsed config(R"({"yes": true, "name": "x", "null": null})");
  EXPECT_TRUE(config->flag("yes", false));
  EXPECT_TRUE(config->flag("none", true));
  EXPECT_FALSE(config->flag("null", false));
  EXPECT_EQ(config->text("name", "y"), "x");
  EXPECT_EQ(config->text("null", "y"), "y");
  EXPECT_EQ(error_of([&] { config->flag("name", false); }),
            "name: expected a boolean, got a string");
  EXPECT_EQ(error_of([&] { config->refuse("yes", "it is not built"); }),
            "yes: expected false, got true: it is not built");
  EXPECT_EQ(error_of([&] { config->refuse("none", "it is not built"); }), "no error");
}

TEST(Config, ActivationsByEveryName) {
  const auto of = [](std::string_view name) {
    return activation(Parsed(cat(R"({"act": ")", name, "\"}")).config, "act");
  };
  EXPECT_EQ(of("silu"), ops::UnaryKind::kSilu);
  EXPECT_EQ(of("swish"), ops::UnaryKind::kSilu);
  EXPECT_EQ(of("gelu"), ops::UnaryKind::kGelu);
  EXPECT_EQ(of("gelu_new"), ops::UnaryKind::kGeluTanh);
  EXPECT_EQ(of("relu"), ops::UnaryKind::kRelu);
  EXPECT_EQ(error_of([&] { of("xielu"); }),
            "act: expected one of silu, swish, gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, "
            "quick_gelu, relu, got 'xielu'");
  EXPECT_EQ(error_of([] { activation(Parsed("{}").config, "act"); }),
            "act: expected the name of an activation, but it is missing");
}

HeadShape heads_of(std::string_view text, int64_t hidden) {
  return head_shape(Parsed(text).config, hidden);
}

TEST(Config, HeadShapes) {
  const HeadShape all = heads_of(R"({"num_attention_heads": 4})", 64);
  EXPECT_EQ(all.kv_heads, 4);
  EXPECT_EQ(all.head_dim, 16);
  const HeadShape grouped =
      heads_of(R"({"num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 24})", 64);
  EXPECT_EQ(grouped.heads, 6);
  EXPECT_EQ(grouped.kv_heads, 2);
  EXPECT_EQ(grouped.head_dim, 24);
}

TEST(Config, HeadsThatDoNotFit) {
  EXPECT_EQ(error_of([] { heads_of(R"({"num_attention_heads": 6})", 64); }),
            "number of heads: expected a divisor of the hidden size (64), got 6");
  EXPECT_EQ(
      error_of([] { heads_of(R"({"num_attention_heads": 6, "num_key_value_heads": 4})", 96); }),
      "num_key_value_heads: expected a divisor of num_attention_heads (6), got 4");
  EXPECT_EQ(error_of([] { heads_of(R"({"num_attention_heads": 2, "head_dim": 512})", 64); }),
            "head_dim: expected 1 to 256 (attention kernels hold no larger head), got 512");
}

}  // namespace
}  // namespace lathe::models
