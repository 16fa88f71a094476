// SPDX-License-Identifier: Apache-2.0
// The vector form of a block's codes, on AVX2, against the plain one.
#include "lathe/kernels/cpu/quantize_block.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "lathe/base/random.h"
#include "lathe/kernels/cpu/vector_quantize.h"

namespace lathe::kernels {
namespace {

constexpr int64_t kBlock = 32;

struct Coded {
  float scale;
  std::array<int8_t, kBlock> codes;
};

Coded plain(const std::array<float, kBlock>& x) {
  Coded out = {};
  out.scale = quantize_block(x.data(), kBlock, out.codes.data());
  return out;
}

Coded in_registers(const std::array<float, kBlock>& x) {
  Coded out = {};
  out.scale = quantize_32(load(x.data()), load(x.data() + kVector), out.codes.data());
  return out;
}

void expect_same(const std::array<float, kBlock>& x) {
  const Coded expected = plain(x), got = in_registers(x);
  EXPECT_EQ(std::bit_cast<uint32_t>(expected.scale), std::bit_cast<uint32_t>(got.scale));
  EXPECT_EQ(expected.codes, got.codes) << "block of magnitude " << x[0];
}

// A quotient that is off by a bit would round the other way at a half.
TEST(QuantizeBlock, RoundsTheQuotientOnceWhateverItsMagnitude) {
  for (int exponent = -140; exponent <= 127; ++exponent) {
    for (uint64_t repeat = 0; repeat < 200; ++repeat) {
      std::array<float, kBlock> x;
      for (size_t i = 0; i < x.size(); ++i) {
        const float drawn = uniform_at(static_cast<uint64_t>(exponent) + 140, repeat, i);
        x[i] = std::ldexp(2 * drawn - 1, exponent);
      }
      expect_same(x);
    }
  }
}

TEST(QuantizeBlock, RoundsHalvesToEven) {
  std::array<float, kBlock> x;
  for (int64_t i = 0; i < kBlock; ++i) x[static_cast<size_t>(i)] = static_cast<float>(i) + 0.5f;
  x[0] = 127;  // a scale of one
  expect_same(x);
  EXPECT_EQ(in_registers(x).codes[2], 2);
  EXPECT_EQ(in_registers(x).codes[3], 4);
}

TEST(QuantizeBlock, KeepsWhatIsNoNumberInItsScale) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float odd :
       {0.0f, -0.0f, kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN()}) {
    std::array<float, kBlock> x = {};
    x[5] = odd;
    expect_same(x);
    EXPECT_EQ(in_registers(x).codes, (std::array<int8_t, kBlock>{}));
  }
}

}  // namespace
}  // namespace lathe::kernels
