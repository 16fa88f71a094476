// SPDX-License-Identifier: Apache-2.0
#include "lathe/quant/gguf_blocks.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <random>

#include "lathe/quant/formats.h"
#include "tests/support/gguf_model.h"

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

// Blocks of zero codes with finite fields but for one, in a file of rows of two blocks.
struct BadField {
  uint32_t ggml_type;
  size_t block_bytes;
  size_t field;  // of the block's leading f16 ones
  uint16_t bits;
  std::string_view says;
};

constexpr uint32_t kQ4_0 = 2, kQ4_1 = 3, kQ8_0 = 8;
constexpr BadField kBadFields[] = {
    {kQ8_0, 34, 0, 0x7c00, "the scale of block 5 is inf"},
    {kQ8_0, 34, 0, 0xfc00, "the scale of block 5 is -inf"},
    {kQ4_0, 18, 0, 0x7e00, "the scale of block 5 is NaN"},
    {kQ4_1, 20, 0, 0xfe01, "the scale of block 5 is NaN"},
    {kQ4_1, 20, 1, 0x7c00, "the minimum of block 5 is inf"},
};

std::string read_error(const BadField& bad, uint16_t bits) {
  std::string blocks(bad.block_bytes * 8, '\0');
  std::memcpy(blocks.data() + bad.block_bytes * 5 + bad.field * 2, &bits, sizeof(bits));
  const testing::GgufModel model;
  const testing::TempDir folder;
  const std::string path =
      folder.write("model.gguf",
                   model.builder().tensor("output.weight", {4, 64}, bad.ggml_type, blocks).bytes());
  const auto checkpoint = weights::open_checkpoint(path);
  const ops::WeightSource source{.tensor = "lm_head.weight"};
  const Weight weight = find_weight(*checkpoint, source);
  weight.format->read(*checkpoint, source, {0, 2});  // blocks 0 to 3: none of them is wrong
  return testing::error_of([&] { weight.format->read(*checkpoint, source, {2, 4}); });
}

TEST(GgufBlocks, RefusesScalesThatAreNotFinite) {
  for (const BadField& bad : kBadFields) {
    const std::string error = read_error(bad, bad.bits);
    EXPECT_NE(error.find("tensor 'lm_head.weight'"), error.npos) << error;
    EXPECT_NE(error.find(bad.says), error.npos) << error;
    EXPECT_EQ(read_error(bad, 0x7bff), "no error") << "the greatest finite one";
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
