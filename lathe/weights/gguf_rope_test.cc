// SPDX-License-Identifier: Apache-2.0
// Rotary scaling: metadata, or a tensor of frequency factors, as rope_scaling of config.json.
#include <gtest/gtest.h>

#include <cmath>

#include "lathe/weights/gguf_config.h"
#include "tests/support/gguf_model.h"

namespace lathe::weights {
namespace {

using testing::error_of;
using testing::GgufBuilder;
using testing::GgufModel;
using testing::OpenGguf;

Json scaling_of(const GgufBuilder& builder) {
  return gguf_rope_scaling(*OpenGguf(builder), "llama");
}

GgufBuilder with_type(std::string_view type, float factor) {
  GgufBuilder out = GgufModel().builder();
  out.text("llama.rope.scaling.type", type).number("llama.rope.scaling.factor", factor);
  return out;
}

GgufBuilder with_factors(const std::vector<float>& factors) {
  GgufBuilder out = GgufModel().builder();
  std::string bytes;
  for (const float factor : factors) bytes += testing::little_endian(factor);
  out.tensor("rope_freqs.weight", {factors.size()}, 0, bytes);
  return out;
}

TEST(GgufRope, NoneIsNull) {
  EXPECT_TRUE(scaling_of(GgufModel().builder()).is_null());
  EXPECT_TRUE(scaling_of(with_type("none", 4)).is_null());
  GgufBuilder one = GgufModel().builder();
  EXPECT_TRUE(scaling_of(one.number("llama.rope.scale_linear", 1.0f)).is_null());
}

TEST(GgufRope, LinearByItsTypeOrByTheOldKey) {
  constexpr std::string_view kLinear = R"({"rope_type":"linear","factor":4.0})";
  EXPECT_EQ(scaling_of(with_type("linear", 4)).dump(), kLinear);
  GgufBuilder old = GgufModel().builder();
  EXPECT_EQ(scaling_of(old.number("llama.rope.scale_linear", 4.0f)).dump(), kLinear);
}

TEST(GgufRope, YarnTakesWhatTheFileSays) {
  EXPECT_EQ(scaling_of(with_type("yarn", 4)).dump(), R"({"rope_type":"yarn","factor":4.0})");
  GgufBuilder more = with_type("yarn", 4);
  more.number("llama.rope.scaling.original_context_length", uint32_t{32});
  more.number("llama.rope.scaling.yarn_beta_fast", 16.0f);
  more.number("llama.rope.scaling.yarn_beta_slow", 2.0f);
  more.number("llama.rope.scaling.attn_factor", 2.0f);
  const Json scaling = scaling_of(more);
  EXPECT_EQ(scaling.at("original_max_position_embeddings").as_integer(), 32);
  EXPECT_EQ(scaling.at("beta_fast").as_number(), 16);
  EXPECT_EQ(scaling.at("beta_slow").as_number(), 2);
  // llama.cpp multiplies the file's factor by yarn's own, 1 + 0.1 ln s.
  EXPECT_NEAR(scaling.at("attention_factor").as_number(), 2 * (1 + 0.1 * std::log(4)), 1e-12);
}

TEST(GgufRope, ATensorGivesAFactorAFrequency) {
  EXPECT_EQ(scaling_of(with_factors({1, 8})).dump(),
            R"({"rope_type":"frequency_factors","factors":[1.0,8.0]})");
}

TEST(GgufRope, Refusals) {
  EXPECT_EQ(error_of([] { scaling_of(with_type("longrope", 4)); }),
            "llama.rope.scaling.type: expected none, linear or yarn, got 'longrope'");
  EXPECT_EQ(error_of([] { scaling_of(with_type("linear", 0)); }),
            "llama.rope.scaling.factor: expected a positive number, got 0");
  EXPECT_EQ(error_of([] { scaling_of(with_type("yarn", -2)); }),
            "llama.rope.scaling.factor: expected a positive number, got -2");
  EXPECT_EQ(
      error_of([] { scaling_of(GgufModel().builder().text("llama.rope.scaling.type", "linear")); }),
      "metadata 'llama.rope.scaling.factor' is missing");
  EXPECT_EQ(error_of([] {
              scaling_of(with_factors({1, 0}));
            }),
            "tensor 'rope_freqs.weight': factor 1 is not a positive number");
  EXPECT_EQ(error_of([] {
              scaling_of(with_factors({INFINITY, 1}));
            }),
            "tensor 'rope_freqs.weight': factor 0 is not a positive number");
  EXPECT_EQ(
      error_of([] {
        scaling_of(
            GgufModel().builder().tensor("rope_freqs.weight", {1, 2}, 0, std::string(8, '\0')));
      }),
      "tensor 'rope_freqs.weight': expected f32 with one dim up to 4096, got f32 with 2 dims");
  GgufBuilder both = with_factors({1, 8});
  both.text("llama.rope.scaling.type", "linear").number("llama.rope.scaling.factor", 2.0f);
  EXPECT_EQ(error_of([&] { scaling_of(both); }),
            "tensor 'rope_freqs.weight': frequency factors together with rope scaling linear");
}

TEST(GgufRope, FactorsAreOneAPairOfAHead) {
  const auto config = [](const std::vector<float>& factors) {
    const OpenGguf file(with_factors(factors));
    return llama_like_config(*file, family_of(*file));
  };
  EXPECT_EQ(config({1, 8}).at("rope_scaling").at("rope_type").as_string(), "frequency_factors");
  EXPECT_EQ(error_of([&] {
              config({1, 8, 8});
            }),
            "tensor 'rope_freqs.weight' has 3 factors, expected 2");
}

}  // namespace
}  // namespace lathe::weights
