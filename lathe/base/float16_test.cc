// SPDX-License-Identifier: Apache-2.0
// All 65,536 codes of both half formats against the formula of their standard, and rounding against
// a search for the nearest code.
#include "lathe/base/float16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace lathe {
namespace {

// sign · 2^e · 1.mantissa by hand: exponent_bits and mantissa_bits as IEEE 754 lays them out.
double formula(uint32_t bits, int exponent_bits, int mantissa_bits) {
  const uint32_t mantissa = bits & ((1U << mantissa_bits) - 1);
  const int exponent = static_cast<int>(bits >> mantissa_bits) & ((1 << exponent_bits) - 1);
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == (1 << exponent_bits) - 1) return mantissa == 0 ? sign * HUGE_VAL : std::nan("");
  const double scale = 1 << mantissa_bits;
  if (exponent == 0) return sign * std::ldexp(mantissa / scale, 1 - bias);
  return sign * std::ldexp(1 + mantissa / scale, exponent - bias);
}

double as_double(Fp16 value) { return formula(value.bits, 5, 10); }
double as_double(Bf16 value) { return formula(value.bits, 8, 7); }

template <class Half>
void expect_every_code_reads_as_its_formula() {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const Half half{static_cast<uint16_t>(bits)};
    const double expected = as_double(half);
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(to_float(half))) << bits;
    } else {
      ASSERT_EQ(to_float(half), expected) << bits;
      ASSERT_EQ(std::signbit(to_float(half)), (bits & 0x8000) != 0) << bits;
    }
  }
}

TEST(Float16Codes, EveryFp16IsItsFormula) { expect_every_code_reads_as_its_formula<Fp16>(); }
TEST(Float16Codes, EveryBf16IsItsFormula) { expect_every_code_reads_as_its_formula<Bf16>(); }

TEST(Float16Codes, EveryBf16ReadsBackTheSame) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const Bf16 half{static_cast<uint16_t>(bits)};
    if (std::isnan(to_float(half))) continue;
    ASSERT_EQ(to_bf16(to_float(half)).bits, bits);
  }
}

// No code is nearer to `value`, and of two that are equally near the even one was taken.
template <class Half>
void expect_nearest(float value, Half got) {
  const double distance = std::abs(as_double(got) - value);
  for (const int step : {-1, 1}) {
    const Half neighbour{static_cast<uint16_t>(got.bits + step)};
    const double other = std::abs(as_double(neighbour) - value);
    if (!std::isfinite(other)) continue;
    ASSERT_LE(distance, other) << value;
    ASSERT_TRUE(distance < other || got.bits % 2 == 0) << value;
  }
}

TEST(Float16Rounding, MidpointsOfAllNeighboursGoToTheEvenOne) {
  for (uint16_t bits = 0; bits < 0x7bff; ++bits) {
    const double middle = (as_double(Fp16{bits}) + as_double(Fp16{uint16_t(bits + 1)})) / 2;
    const auto even = static_cast<uint16_t>(bits + (bits & 1));
    ASSERT_EQ(to_fp16(static_cast<float>(middle)).bits, even) << bits;
    ASSERT_EQ(to_fp16(static_cast<float>(-middle)).bits, even | 0x8000) << bits;
  }
  for (uint16_t bits = 0x80; bits < 0x7f7f; ++bits) {
    const double middle = (as_double(Bf16{bits}) + as_double(Bf16{uint16_t(bits + 1)})) / 2;
    ASSERT_EQ(to_bf16(static_cast<float>(middle)).bits, bits + (bits & 1)) << bits;
  }
}

TEST(Float16Rounding, RandomFloatsGoToTheNearestCode) {
  std::mt19937 random(6);
  for (int i = 0; i < 20000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<uint32_t>(random()));
    if (!std::isfinite(value)) continue;
    if (std::isfinite(to_float(to_bf16(value)))) expect_nearest(value, to_bf16(value));
    const float small = std::ldexp(value, -std::ilogb(value == 0 ? 1 : value) + i % 40 - 26);
    if (std::abs(small) < 65504) expect_nearest(small, to_fp16(small));
  }
}

TEST(Float16Rounding, TheEdgesOfTheRange) {
  struct Case {
    float value;
    uint16_t fp16;
    uint16_t bf16;
  };
  const float infinity = std::numeric_limits<float>::infinity();
  const Case cases[] = {
      {0.f, 0, 0},
      {-0.f, 0x8000, 0x8000},
      {65504.f, 0x7bff, 0x4780},
      {65519.996f, 0x7bff, 0x4780},
      {65520.f, 0x7c00, 0x4780},  // a tie with 2^16: infinity
      {0x1p-24f, 1, 0x3380},      // the smallest subnormal
      {0x1p-25f, 0, 0x3300},      // a tie with zero
      {0x1.8p-25f, 1, 0x3340},
      {0x1p-14f, 0x0400, 0x3880},       // the smallest normal
      {3.4028235e38f, 0x7c00, 0x7f80},  // rounds up to infinity in both
      {0x1.fep127f, 0x7c00, 0x7f7f},
      {infinity, 0x7c00, 0x7f80},
      {-infinity, 0xfc00, 0xff80},
      {1e-45f, 0, 0},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(to_fp16(c.value).bits, c.fp16) << c.value;
    EXPECT_EQ(to_bf16(c.value).bits, c.bf16) << c.value;
  }
}

TEST(Float16Rounding, EveryNanStaysANan) {
  for (const uint32_t bits : {0x7f800001U, 0x7fc00000U, 0x7fffffffU, 0xff800001U, 0xffffffffU}) {
    const auto value = std::bit_cast<float>(bits);
    EXPECT_TRUE(std::isnan(to_float(to_bf16(value)))) << bits;
    EXPECT_TRUE(std::isnan(to_float(to_fp16(value)))) << bits;
    EXPECT_EQ(to_bf16(value).bits >> 15, bits >> 31) << bits;
  }
}

}  // namespace
}  // namespace lathe
