// SPDX-License-Identifier: Apache-2.0
#include "lathe/quant/gguf_blocks.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "lathe/quant/formats.h"

namespace lathe::quant {
namespace {

// Code by code, as ggml's dequantize_row_q4_0 reads a block: j from the low nibble of byte j,
// j + 16 from the high one.
TEST(UnpackNibbles, PutsNeighboursSideBySide) {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    std::array<std::byte, 16> stored{};
    for (std::byte& byte : stored) byte = static_cast<std::byte>(random());
    std::array<std::byte, 16> codes{};
    unpack_nibbles(stored.data(), codes.data());
    for (size_t j = 0; j < 32; ++j) {
      const auto byte = std::to_integer<unsigned>(stored[j % 16]);
      const unsigned want = j < 16 ? byte & 15 : byte >> 4;
      const auto pair = std::to_integer<unsigned>(codes[j / 2]);
      ASSERT_EQ(j % 2 == 0 ? pair & 15 : pair >> 4, want) << j;
    }
  }
}

TEST(GgufFormats, AreListedOnceAfterPlain) {
  std::vector<const WeightFormat*> seen;
  for (const WeightFormat* format : weight_formats()) {
    EXPECT_EQ(std::count(seen.begin(), seen.end(), format), 0);
    seen.push_back(format);
  }
  EXPECT_EQ(seen.front(), &plain_format());
  for (const WeightFormat* format : {&q8_0_format(), &q4_0_format(), &q4_1_format()}) {
    EXPECT_EQ(std::count(seen.begin(), seen.end(), format), 1);
  }
}

}  // namespace
}  // namespace lathe::quant
