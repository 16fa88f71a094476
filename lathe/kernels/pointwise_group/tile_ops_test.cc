// SPDX-License-Identifier: Apache-2.0
// The vector functions against double, and AVX2 against AVX-512, over floats of every exponent.
#include "lathe/kernels/pointwise_group/tile_ops.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "lathe/base/float16.h"
#include "lathe/kernels/target.h"

namespace lathe::kernels {
namespace {

using ops::UnaryKind;

// Every 4,999th float, infinities and NaN among them.
const std::vector<float>& samples() {
  static const std::vector<float> all = [] {
    std::vector<float> out = {std::numeric_limits<float>::infinity(),
                              -std::numeric_limits<float>::infinity(), 0.0f, -0.0f, NAN};
    for (uint64_t bits = 0; bits < uint64_t{1} << 32; bits += 4999) {
      out.push_back(std::bit_cast<float>(static_cast<uint32_t>(bits)));
    }
    while (out.size() % kTileGroup != 0) out.push_back(1.0f);
    return out;
  }();
  return all;
}

std::vector<float> applied(TileFunction function) {
  const std::vector<float>& x = samples();
  std::vector<float> y(x.size());
  function(y.data(), x.data(), x.data(), x.data(), static_cast<int64_t>(x.size()));
  return y;
}

// Of a float beside `exact`: how many units in the last place apart, at least those of 2^-126.
double units_apart(float got, double exact) {
  if (std::isnan(exact)) return std::isnan(got) ? 0 : INFINITY;
  if (static_cast<float>(exact) == got) return 0;
  const int exponent = exact == 0 ? -126 : std::max(std::ilogb(exact), -126);
  return std::abs(got - exact) / std::ldexp(1.0, exponent - 23);
}

struct Function {
  UnaryKind kind;
  double (*exact)(double);
  double units;             // greatest error allowed,
  double from = -INFINITY;  // at arguments from here on
};

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double gelu(double x) { return x * std::erfc(-x / std::numbers::sqrt2) / 2; }
double gelu_tanh(double x) {
  return x * sigmoid(2 * std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x));
}

void expect_close(const Function& test, const std::vector<float>& y) {
  double worst = 0;
  float at = 0;
  for (size_t i = 0; i < y.size(); ++i) {
    const double x = samples()[i];
    if (x < test.from) continue;
    const double units = units_apart(y[i], test.exact(x));
    if (units > worst) {
      worst = units;
      at = samples()[i];
    }
  }
  EXPECT_LE(worst, test.units) << to_string(test.kind) << " at " << at;
}

TEST(TileOps, FunctionsAreWithinAFewUnits) {
  const Function functions[] = {
      {UnaryKind::kExp, [](double x) { return std::exp(x); }, 1},
      {UnaryKind::kTanh, [](double x) { return std::tanh(x); }, 2},
      {UnaryKind::kErf, [](double x) { return std::erf(x); }, 2},
      {UnaryKind::kSigmoid, sigmoid, 3},
      {UnaryKind::kSilu, [](double x) { return x * sigmoid(x); }, 3, -87},
      {UnaryKind::kQuickGelu, [](double x) { return x * sigmoid(1.702 * x); }, 3, -1},
      {UnaryKind::kGelu, gelu, 8},
      {UnaryKind::kGeluTanh, gelu_tanh, 3, -1},
      {UnaryKind::kSqrt, [](double x) { return std::sqrt(x); }, 0.5},
      {UnaryKind::kRsqrt, [](double x) { return 1 / std::sqrt(x); }, 1.5},
      {UnaryKind::kReciprocal, [](double x) { return 1 / x; }, 0.5},
      {UnaryKind::kFloor, [](double x) { return std::floor(x); }, 0},
      {UnaryKind::kCeil, [](double x) { return std::ceil(x); }, 0},
      {UnaryKind::kRound, [](double x) { return std::nearbyint(x); }, 0},
  };
  for (const Function& test : functions) {
    expect_close(test, applied(kAvx2TileOps.unary[static_cast<size_t>(test.kind)]));
  }
}

// Below -1 the argument's own rounding counts too: relative to x the error is that of a few units.
TEST(TileOps, TailsOfTheApproximateGelusAreSmallBesideTheirArgument) {
  const Function functions[] = {
      {UnaryKind::kQuickGelu, [](double x) { return x * sigmoid(1.702 * x); }, 0},
      {UnaryKind::kGeluTanh, gelu_tanh, 0},
  };
  for (const Function& test : functions) {
    const std::vector<float> y = applied(kAvx2TileOps.unary[static_cast<size_t>(test.kind)]);
    for (size_t i = 0; i < y.size(); ++i) {
      const double x = samples()[i];
      if (!(x < -1) || std::isinf(x)) continue;
      ASSERT_LE(std::abs(y[i] - test.exact(x)), 0x1p-23 * std::abs(x)) << x;
    }
  }
}

TEST(TileOps, RoundsLikeTheScalarConversions) {
  const std::vector<float> bf16 = applied(kAvx2TileOps.round_to_bf16);
  const std::vector<float> f16 = applied(kAvx2TileOps.round_to_f16);
  for (size_t i = 0; i < samples().size(); ++i) {
    const float x = samples()[i];
    ASSERT_EQ(std::bit_cast<uint32_t>(bf16[i]), std::bit_cast<uint32_t>(to_float(to_bf16(x)))) << x;
    ASSERT_EQ(std::bit_cast<uint32_t>(f16[i]), std::bit_cast<uint32_t>(to_float(to_fp16(x)))) << x;
  }
}

void expect_equal_bits(TileFunction avx2, TileFunction avx512, std::string_view name) {
  ASSERT_EQ(avx2 == nullptr, avx512 == nullptr) << name;
  if (avx2 == nullptr) return;
  const std::vector<float> a = applied(avx2);
  const std::vector<float> b = applied(avx512);
  for (size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(std::bit_cast<uint32_t>(a[i]), std::bit_cast<uint32_t>(b[i]))
        << name << " of " << samples()[i];
  }
}

TEST(TileOps, GiveTheSameBitsOnBothClasses) {
  if (machine_isa() < CpuIsa::kAvx512) GTEST_SKIP() << "this CPU lacks AVX-512";
  const FloatTileOps& a = kAvx2TileOps;
  const FloatTileOps& b = kAvx512TileOps;
  for (const UnaryKind kind : enum_values(UnaryKind{})) {
    const auto i = static_cast<size_t>(kind);
    expect_equal_bits(a.unary[i], b.unary[i], to_string(kind));
  }
  for (const ops::BinaryKind kind : enum_values(ops::BinaryKind{})) {
    const auto i = static_cast<size_t>(kind);
    expect_equal_bits(a.binary[i], b.binary[i], to_string(kind));
  }
  for (const ops::CompareKind kind : enum_values(ops::CompareKind{})) {
    const auto i = static_cast<size_t>(kind);
    expect_equal_bits(a.compare[i], b.compare[i], to_string(kind));
  }
  expect_equal_bits(a.where, b.where, "where");
  expect_equal_bits(a.round_to_bf16, b.round_to_bf16, "round_to_bf16");
  expect_equal_bits(a.round_to_f16, b.round_to_f16, "round_to_f16");
}

}  // namespace
}  // namespace lathe::kernels
