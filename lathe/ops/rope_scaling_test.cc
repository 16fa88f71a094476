// SPDX-License-Identifier: Apache-2.0
// Rotary frequencies against the formulae of the papers, computed here another way.
#include "lathe/ops/rope_scaling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>

#include "tests/support/temp_dir.h"

namespace lathe::ops {
namespace {

using testing::error_of;

constexpr double kTheta = 10000;
constexpr int64_t kDims = 64;

// A rotation over `wavelength` positions is one turn: 2 pi theta^(2i / d).
double wavelength(int64_t pair, double theta = kTheta, int64_t dims = kDims) {
  const double exponent = 2.0 * static_cast<double>(pair) / static_cast<double>(dims);
  return 2 * std::numbers::pi * std::exp(exponent * std::log(theta));
}

// Compares with what `expected` gives for each pair.
void expect_frequencies(const RopeScaling& scaling, int64_t length,
                        const std::function<double(int64_t)>& expected, double theta = kTheta) {
  const RopeFrequencies got = rope_frequencies(scaling, theta, kDims, length);
  ASSERT_EQ(got.inverse.size(), static_cast<size_t>(kDims / 2));
  for (int64_t i = 0; i < kDims / 2; ++i) {
    const double want = expected(i);
    EXPECT_NEAR(got.inverse[static_cast<size_t>(i)] / want, 1, 1e-12) << "pair " << i;
  }
}

double plain(int64_t pair) { return 2 * std::numbers::pi / wavelength(pair); }

TEST(RopeScaling, NoneAndLinear) {
  expect_frequencies(NoScaling{}, 5, plain);
  expect_frequencies(LinearScaling{.factor = 4}, 5, [](int64_t i) { return plain(i) / 4; });
  EXPECT_EQ(rope_frequencies(NoScaling{}, kTheta, kDims, 5).magnitude, 1);
  EXPECT_EQ(rope_frequencies(NoScaling{}, kTheta, kDims, 5).inverse[0], 1) << "a radian a position";
}

// The NTK-aware base of transformers: theta * (factor * n / trained - (factor - 1))^(d / (d - 2)).
TEST(RopeScaling, DynamicStretchesThetaBeyondTheTrainedLengthOnly) {
  const DynamicScaling dynamic{.factor = 2, .original_max_positions = 1000};
  expect_frequencies(dynamic, 10, plain);
  expect_frequencies(dynamic, 1000, plain);
  const double base = kTheta * std::pow(2.0 * 3000 / 1000 - 1, 64.0 / 62.0);
  expect_frequencies(dynamic, 3000,
                     [&](int64_t i) { return 2 * std::numbers::pi / wavelength(i, base); });
}

// Meta's reference: wavelengths below 8192/4 stay, those above 8192/1 are divided by the factor,
// between them it is smooth in the number of turns.
TEST(RopeScaling, Llama3LeavesShortWavelengthsAlone) {
  const Llama3Scaling llama3{
      .factor = 8, .low_freq_factor = 1, .high_freq_factor = 4, .original_max_positions = 8192};
  int kept = 0, divided = 0, between = 0;
  const auto expected = [&](int64_t i) {
    const double turns = 8192 / wavelength(i, 500000);
    const double frequency = 2 * std::numbers::pi / wavelength(i, 500000);
    if (turns > 4) return ++kept, frequency;
    if (turns < 1) return ++divided, frequency / 8;
    ++between;
    const double smooth = (turns - 1) / 3;
    return frequency * ((1 - smooth) / 8 + smooth);
  };
  expect_frequencies(llama3, 5, expected, 500000);
  EXPECT_GT(kept, 0);
  EXPECT_GT(divided, 0);
  EXPECT_GT(between, 0) << "the case is worth nothing without all three";
}

// arXiv 2309.00071, eq. 19 to 23: pairs that turn more than beta_fast times over the trained
// context stay, those that turn less than beta_slow times are interpolated.
TEST(RopeScaling, YarnInterpolatesSlowPairs) {
  const YarnScaling yarn{
      .factor = 4, .original_max_positions = 4096, .attention_factor = 1.25, .truncate = false};
  const auto pair_of = [](double turns) {
    // The i with original / wavelength(i) = turns.
    return kDims / 2.0 * std::log(4096 / (turns * 2 * std::numbers::pi)) / std::log(kTheta);
  };
  const double low = pair_of(32);
  const double high = pair_of(1);
  EXPECT_GT(low, 0);
  EXPECT_LT(high, kDims / 2 - 1);
  expect_frequencies(yarn, 5, [&](int64_t i) {
    const double ramp = std::min(1.0, std::max(0.0, (static_cast<double>(i) - low) / (high - low)));
    return plain(i) * (1 - ramp) + plain(i) / 4 * ramp;
  });
  EXPECT_EQ(rope_frequencies(yarn, kTheta, kDims, 5).magnitude, 1.25);
}

TEST(RopeScaling, YarnMayRoundItsBoundsToWholePairs) {
  const YarnScaling rounded{.factor = 4, .original_max_positions = 4096};
  YarnScaling exact = rounded;
  exact.truncate = false;
  const std::vector<double> a = rope_frequencies(rounded, kTheta, kDims, 5).inverse;
  const std::vector<double> b = rope_frequencies(exact, kTheta, kDims, 5).inverse;
  EXPECT_EQ(a.front(), b.front());
  EXPECT_EQ(a.back(), b.back());
  EXPECT_NE(a, b);
  // The ramp of the rounded one reaches from pair floor(low) to pair ceil(high).
  const double low = std::floor(32 * std::log(4096 / (64 * std::numbers::pi)) / std::log(kTheta));
  const auto first = static_cast<size_t>(low);
  EXPECT_DOUBLE_EQ(a[first], plain(static_cast<int64_t>(first)));
  EXPECT_LT(a[first + 1], plain(static_cast<int64_t>(first) + 1) * (1 - 1e-6));
}

TEST(RopeScaling, LongropeHasAFactorAPairForShortAndForLongTexts) {
  LongRopeScaling longrope{.short_factors = {},
                           .long_factors = {},
                           .original_max_positions = 100,
                           .attention_factor = 1.5};
  for (int64_t i = 0; i < kDims / 2; ++i) {
    longrope.short_factors.push_back(1 + 0.1 * static_cast<double>(i));
    longrope.long_factors.push_back(2 + static_cast<double>(i));
  }
  expect_frequencies(longrope, 100,
                     [](int64_t i) { return plain(i) / (1 + 0.1 * static_cast<double>(i)); });
  expect_frequencies(longrope, 101,
                     [](int64_t i) { return plain(i) / (2 + static_cast<double>(i)); });
  EXPECT_EQ(rope_frequencies(longrope, kTheta, kDims, 1).magnitude, 1.5);
}

TEST(RopeScaling, FrequencyFactorsDivideAtAnyLength) {
  FrequencyFactorScaling scaling;
  for (int i = 0; i < kDims / 2; ++i) scaling.factors.push_back(i < 10 ? 1 : 8);
  for (const int64_t length : {1, 100000}) {
    expect_frequencies(scaling, length, [](int64_t i) { return plain(i) / (i < 10 ? 1 : 8); });
  }
}

TEST(RopeScaling, OnlyTwoKindsDependOnTheLength) {
  EXPECT_TRUE(needs_lengths(DynamicScaling{}));
  EXPECT_TRUE(needs_lengths(LongRopeScaling{}));
  EXPECT_FALSE(needs_lengths(NoScaling{}));
  EXPECT_FALSE(needs_lengths(LinearScaling{}));
  EXPECT_FALSE(needs_lengths(YarnScaling{}));
  EXPECT_FALSE(needs_lengths(Llama3Scaling{}));
  EXPECT_FALSE(needs_lengths(FrequencyFactorScaling{}));
}

TEST(RopeScaling, JsonNamesTheKind) {
  const RopeScaling kinds[] = {
      NoScaling{},
      LinearScaling{.factor = 2},
      DynamicScaling{.factor = 3, .original_max_positions = 7},
      YarnScaling{.factor = 4, .original_max_positions = 8, .truncate = false},
      Llama3Scaling{.factor = 5},
      LongRopeScaling{.short_factors = {1}, .long_factors = {2}, .original_max_positions = 9},
      FrequencyFactorScaling{.factors = {1, 8}}};
  for (const RopeScaling& scaling : kinds) {
    RopeScaling back;
    read_json(to_json(scaling), back);
    EXPECT_EQ(back, scaling) << to_json(scaling).dump();
  }
  EXPECT_EQ(to_json(RopeScaling(LinearScaling{.factor = 2})).at("type").as_string(), "linear");
  RopeScaling out;
  EXPECT_EQ(error_of([&] { read_json(Json::parse(R"({"type": "ntk"})", "t"), out); }),
            "type: expected none, linear, dynamic, yarn, llama3, longrope or frequency_factors, "
            "got 'ntk'");
  EXPECT_EQ(error_of([&] {
              read_json(Json::parse(R"({"type": "linear", "factor": 2, "x": 1})", "t"), out);
            }),
            "unknown field 'x'");
}

struct Refusal {
  RopeScaling scaling;
  std::string_view message;
};

TEST(RopeScaling, RefusesWhatCannotWork) {
  const std::vector<double> three = {1, 1, 1};
  const std::vector<double> four = {1, 1, 1, 1};
  const Refusal cases[] = {
      {LinearScaling{.factor = 0}, "scaling linear: factor: expected a positive number, got 0"},
      {LinearScaling{.factor = std::nan("")}, "scaling linear: factor: expected a positive number"},
      {DynamicScaling{.factor = 0.5, .original_max_positions = 8},
       "scaling dynamic: factor: expected 1 or more, got 0.5"},
      {DynamicScaling{.factor = 2},
       "scaling dynamic: original_max_positions: expected a positive number, got 0"},
      {YarnScaling{.factor = -1, .original_max_positions = 8}, "scaling yarn: factor: expected"},
      {YarnScaling{.factor = 2}, "scaling yarn: original_max_positions: expected"},
      {YarnScaling{.original_max_positions = 8, .beta_fast = 0}, "scaling yarn: beta_fast"},
      {YarnScaling{.original_max_positions = 8, .beta_slow = -1}, "scaling yarn: beta_slow"},
      {YarnScaling{.original_max_positions = 8, .attention_factor = 0}, "attention_factor"},
      {Llama3Scaling{.low_freq_factor = 4, .high_freq_factor = 4},
       "high_freq_factor - low_freq_factor: expected a positive number, got 0"},
      {Llama3Scaling{.low_freq_factor = 0}, "low_freq_factor: expected a positive number, got 0"},
      {Llama3Scaling{.original_max_positions = 0}, "original_max_positions"},
      {LongRopeScaling{.short_factors = three, .long_factors = four, .original_max_positions = 8},
       "scaling longrope: short_factors: expected one a pair (4), got 3"},
      {LongRopeScaling{
           .short_factors = four, .long_factors = {1, 1, 0, 1}, .original_max_positions = 8},
       "long_factors: expected a positive number, got 0"},
      {FrequencyFactorScaling{.factors = three}, "factors: expected one a pair (4), got 3"},
  };
  for (const Refusal& test : cases) {
    const std::string message = error_of([&] { check_scaling(test.scaling, kTheta, 8); });
    EXPECT_NE(message.find(test.message), std::string::npos) << message;
  }
  EXPECT_EQ(error_of([] { check_scaling(NoScaling{}, 1, 8); }),
            "theta: expected a number above 1, got 1");
  EXPECT_EQ(error_of([] {
              check_scaling(DynamicScaling{.factor = 2, .original_max_positions = 8}, kTheta, 2);
            }),
            "scaling dynamic: rotary_dims: dynamic scaling needs 4 or more, got 2");
}

}  // namespace
}  // namespace lathe::ops
