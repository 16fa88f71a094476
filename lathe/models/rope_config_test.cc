// SPDX-License-Identifier: Apache-2.0
#include "lathe/models/rope_config.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/temp_dir.h"

namespace lathe::models {
namespace {

using lathe::testing::error_of;

constexpr int64_t kHeadDim = 8;

RopeConfig read(std::string_view fields, const RopeDefaults& defaults = {}) {
  const Json json = Json::parse(
      cat(R"({"max_position_embeddings": 64)", fields.empty() ? "" : ", ", fields, "}"), "test");
  return rope_config(Config(json), kHeadDim, defaults);
}

ops::RopeScaling scaling(std::string_view fields) { return read(fields).rope.scaling; }

TEST(RopeConfig, Plain) {
  const RopeConfig plain = read("");
  EXPECT_EQ(plain.rope, (ops::Rope{.rotary_dims = 8, .theta = 10000}));
  EXPECT_EQ(plain.max_seq_len, 64);
  EXPECT_EQ(read(R"("rope_theta": 500000)").rope.theta, 500000);
  EXPECT_EQ(read("", {.theta = 7}).rope.theta, 7);
  EXPECT_EQ(read(R"("rope_scaling": null)").rope, plain.rope);
  EXPECT_EQ(read(R"("rope_scaling": {"type": "default"})").rope, plain.rope);
}

TEST(RopeConfig, PartOfAHead) {
  EXPECT_EQ(read(R"("partial_rotary_factor": 0.5)").rope.rotary_dims, 4);
  EXPECT_EQ(read("", {.rotary_factor = 0.25}).rope.rotary_dims, 2);
  EXPECT_EQ(read(R"("rope_parameters": {"partial_rotary_factor": 0.5})").rope.rotary_dims, 4);
  const char* odd = R"("partial_rotary_factor": 0.4)";
  EXPECT_EQ(error_of([=] { read(odd); }),
            "partial_rotary_factor: expected an even number of rotated dims, 2 to head_dim (8), "
            "got 0.4 * 8");
  EXPECT_NE(error_of([] { read(R"("partial_rotary_factor": 2)"); }), "no error");
}

TEST(RopeConfig, BothSpellingsOfTheType) {
  const ops::RopeScaling expected = ops::LinearScaling{.factor = 4};
  EXPECT_EQ(scaling(R"("rope_scaling": {"type": "linear", "factor": 4})"), expected);
  EXPECT_EQ(scaling(R"("rope_scaling": {"rope_type": "linear", "factor": 4.0})"), expected);
  EXPECT_EQ(scaling(R"("rope_parameters": {"rope_type": "linear", "factor": 4})"), expected);
}

TEST(RopeConfig, ThetaInsideTheParametersWins) {
  const RopeConfig config =
      read(R"("rope_theta": 3, "rope_parameters": {"rope_type": "default", "rope_theta": 5})");
  EXPECT_EQ(config.rope.theta, 5);
}

TEST(RopeConfig, Dynamic) {
  EXPECT_EQ(scaling(R"("rope_scaling": {"type": "dynamic", "factor": 2})"),
            (ops::RopeScaling{ops::DynamicScaling{.factor = 2, .original_max_positions = 64}}));
}

TEST(RopeConfig, YarnDefaults) {
  const auto yarn = std::get<ops::YarnScaling>(scaling(
      R"("rope_scaling": {"type": "yarn", "factor": 4, "original_max_position_embeddings": 16})"));
  EXPECT_EQ(yarn, (ops::YarnScaling{.factor = 4,
                                    .original_max_positions = 16,
                                    .beta_fast = 32,
                                    .beta_slow = 1,
                                    .attention_factor = 0.1 * std::log(4.0) + 1,
                                    .truncate = true}));
  const auto derived = std::get<ops::YarnScaling>(
      scaling(R"("rope_scaling": {"type": "yarn", "original_max_position_embeddings": 32})"));
  EXPECT_EQ(derived.factor, 2);
  const auto whole =
      std::get<ops::YarnScaling>(scaling(R"("rope_scaling": {"type": "yarn", "factor": 4})"));
  EXPECT_EQ(whole.original_max_positions, 64);
}

TEST(RopeConfig, YarnInFull) {
  const auto with = [](std::string_view more) {
    return std::get<ops::YarnScaling>(
        scaling(cat(R"("rope_scaling": {"type": "yarn", "factor": 4, )", more, "}")));
  };
  EXPECT_EQ(with(R"("beta_fast": 5, "beta_slow": 2)").beta_fast, 5);
  EXPECT_EQ(with(R"("beta_fast": 5, "beta_slow": 2)").beta_slow, 2);
  EXPECT_EQ(with(R"("attention_factor": 3, "mscale": 2, "mscale_all_dim": 1)").attention_factor, 3);
  EXPECT_DOUBLE_EQ(with(R"("mscale": 2, "mscale_all_dim": 1)").attention_factor,
                   (0.2 * std::log(4.0) + 1) / (0.1 * std::log(4.0) + 1));
  EXPECT_FALSE(with(R"("truncate": false, "finetuned": true)").truncate);
}

TEST(RopeConfig, Llama3) {
  constexpr std::string_view kFull =
      R"("rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 1,
         "high_freq_factor": 4, "original_max_position_embeddings": 32})";
  EXPECT_EQ(scaling(kFull), (ops::RopeScaling{ops::Llama3Scaling{.factor = 8,
                                                                 .low_freq_factor = 1,
                                                                 .high_freq_factor = 4,
                                                                 .original_max_positions = 32}}));
  EXPECT_EQ(read(kFull).max_seq_len, 64);
  EXPECT_EQ(error_of([] { scaling(R"("rope_scaling": {"rope_type": "llama3", "factor": 8})"); }),
            "rope scaling: low_freq_factor: expected a number above 0, but it is missing");
}

constexpr std::string_view kFactors =
    R"("short_factor": [1, 1, 1, 1], "long_factor": [1, 2, 3, 4])";

TEST(RopeConfig, LongRopeInEverySpelling) {
  const auto of = [](std::string_view before, std::string_view inside) {
    return std::get<ops::LongRopeScaling>(
        scaling(cat(before, R"("rope_scaling": {)", inside, kFactors, "}")));
  };
  const auto beside = of(R"("original_max_position_embeddings": 16, )", R"("type": "longrope", )");
  EXPECT_EQ(beside.original_max_positions, 16);
  EXPECT_EQ(beside.long_factors, (std::vector<double>{1, 2, 3, 4}));
  EXPECT_DOUBLE_EQ(beside.attention_factor, std::sqrt(1 + std::log(4.0) / std::log(16.0)));
  EXPECT_EQ(of("", R"("type": "su", "original_max_position_embeddings": 16, )"), beside);
  EXPECT_EQ(of("", R"("type": "longrope", "attention_factor": 2, )").attention_factor, 2);
  EXPECT_EQ(of("", R"("type": "longrope", )").attention_factor, 1);
}

TEST(RopeConfig, FrequencyFactorsOfGgufFiles) {
  EXPECT_EQ(
      scaling(R"("rope_scaling": {"rope_type": "frequency_factors", "factors": [1, 2, 4, 8]})"),
      (ops::RopeScaling{ops::FrequencyFactorScaling{.factors = {1, 2, 4, 8}}}));
}

TEST(RopeConfig, TheContextGrowsWithSomeScalings) {
  const auto context = [](std::string_view parameters) {
    return read(cat(R"("rope_scaling": {)", parameters, "}")).max_seq_len;
  };
  EXPECT_EQ(context(R"("type": "linear", "factor": 4)"), 256);
  EXPECT_EQ(context(R"("type": "dynamic", "factor": 2)"), 512);
  constexpr std::string_view kYarn = R"("type": "yarn", "original_max_position_embeddings": )";
  EXPECT_EQ(context(cat(kYarn, R"(64, "factor": 4)")), 256);
  EXPECT_EQ(context(cat(kYarn, R"(16, "factor": 4)")), 64);
}

TEST(RopeConfig, WhatIsNotKnownIsRefused) {
  EXPECT_EQ(error_of([] { scaling(R"("rope_scaling": {"type": "ntk"})"); }),
            "rope scaling: rope_type: expected one of default, linear, dynamic, yarn, llama3, "
            "longrope, frequency_factors, got 'ntk'");
  EXPECT_EQ(error_of([] {
              scaling(R"("rope_scaling": {"type": "linear", "factor": 2, "mrope_section": [1]})");
            }),
            "rope scaling: mrope_section: rope type linear has no such parameter");
  EXPECT_EQ(error_of([] { scaling(R"("rope_scaling": "linear")"); }),
            "rope_scaling: expected an object, got a string");
}

TEST(RopeConfig, WhatMakesNoSenseIsRefused) {
  const auto message = [](std::string_view parameters) {
    return error_of([=] { scaling(cat(R"("rope_scaling": {)", parameters, "}")); });
  };
  EXPECT_EQ(message(R"("type": "linear")"),
            "rope scaling: factor: expected a number above 0, but it is missing");
  EXPECT_EQ(message(R"("type": "linear", "factor": -1)"),
            "rope scaling: factor: expected a number above 0, got -1");
  EXPECT_EQ(message(R"("type": "frequency_factors", "factors": [1, 2])"),
            "rope scaling: scaling frequency_factors: factors: expected one a pair (4), got 2");
  EXPECT_EQ(message(R"("type": "longrope", "short_factor": [1, 1, 1, 1])"),
            "rope scaling: long_factor: expected a list, but it is missing");
  EXPECT_EQ(error_of([] { read(R"("rope_theta": 0.5)"); }),
            "rope scaling: theta: expected a number above 1, got 0.5");
}

}  // namespace
}  // namespace lathe::models
