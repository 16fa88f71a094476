// SPDX-License-Identifier: Apache-2.0
// Every layout of linear's weights against the words that describe it (panels.h, block_tile.h):
// each byte's place by arithmetic of its own, padding that is left alone, and rows that read back.
#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "lathe/base/float16.h"
#include "lathe/kernels/linear/panels.h"
#include "tests/support/kernel_call.h"

namespace lathe::kernels {
namespace {

using testing::Draws;

constexpr std::byte kUntouched{0xee};

struct Packing {
  std::string id;
  ops::WeightFormatDesc format;
  PanelOrder order;
};

ops::WeightFormatDesc plain(DType dtype) { return {.code_dtype = dtype}; }
ops::WeightFormatDesc blocks(std::string_view name, DType codes, int offset, bool minimums) {
  return {.name = std::string(name),
          .code_dtype = codes,
          .block_cols = 32,
          .code_offset = offset,
          .has_minimums = minimums};
}

// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest's name
void PrintTo(const Packing& packing, std::ostream* out) { *out << packing.id; }

std::vector<Packing> packings() {
  const std::pair<std::string_view, ops::WeightFormatDesc> formats[] = {
      {"f32", plain(DType::kF32)},
      {"f16", plain(DType::kF16)},
      {"bf16", plain(DType::kBf16)},
      {"q8_0", blocks("q8_0", DType::kI8, 0, false)},
      {"q4_0", blocks("q4_0", DType::kU4, 8, false)},
      {"q4_1", blocks("q4_1", DType::kU4, 0, true)}};
  std::vector<Packing> out;
  for (const auto& [name, format] : formats) {
    for (const PanelOrder order : {PanelOrder::kPlain, PanelOrder::kGated}) {
      const bool gated = order == PanelOrder::kGated;
      out.push_back({cat(name, ".panel32", gated ? ".gated" : ""), format, order});
    }
  }
  return out;
}

ops::CanonicalTensor drawn(const ops::WeightFormatDesc& format, int64_t rows, int64_t cols) {
  Draws draws(static_cast<uint64_t>(rows * 1000 + cols));
  ops::CanonicalTensor out{format, {}, {}, {}};
  if (format.is_plain()) {
    out.values = draws.normal({rows, cols}).to(format.code_dtype);
    return out;
  }
  const bool bytes = format.code_dtype == DType::kI8;
  out.values = draws.integers(format.code_dtype, {rows, cols}, bytes ? -128 : 0, bytes ? 127 : 15);
  out.scales = draws.normal({rows, cols / 32}).to(DType::kF16);
  if (format.has_minimums) out.minimums = draws.normal({rows, cols / 32}).to(DType::kF16);
  return out;
}

// Where a row of the weight goes: its panel of 32, and its lane there.
struct Place {
  int64_t panel, lane;
};
Place place_of(const Packing& packing, int64_t row, int64_t rows) {
  if (packing.order == PanelOrder::kPlain) return {row / 32, row % 32};
  const bool up = row >= rows / 2;
  const int64_t output = up ? row - rows / 2 : row;
  return {output / 16, output % 16 + (up ? 16 : 0)};
}

// The packed bytes by their place, as the words have it. What is not there is padding.
using Bytes = std::map<int64_t, uint8_t>;

void put(Bytes& bytes, int64_t at, const Tensor& from, int64_t index, int64_t size) {
  const auto* source = static_cast<const uint8_t*>(from.data()) + index * size;
  for (int64_t i = 0; i < size; ++i) bytes[at + i] = source[i];
}

void put_dense_row(Bytes& bytes, const ops::CanonicalTensor& weight, int64_t row, Place place) {
  const int64_t cols = weight.values.size(1);
  const bool pairs = weight.format.code_dtype == DType::kBf16;
  const int64_t size = bits_of(weight.format.code_dtype) / 8;
  const int64_t panel_bytes = (pairs ? (cols + 1) / 2 * 2 : cols) * 32 * size;
  for (int64_t col = 0; col < cols; ++col) {
    const int64_t element =
        pairs ? (col / 2 * 32 + place.lane) * 2 + col % 2 : col * 32 + place.lane;
    put(bytes, place.panel * panel_bytes + element * size, weight.values, row * cols + col, size);
  }
}

void put_block_row(Bytes& bytes, const ops::CanonicalTensor& weight, int64_t row, Place place) {
  const int64_t cols = weight.values.size(1), blocks_a_row = cols / 32;
  const bool whole = weight.format.code_dtype == DType::kI8;
  const int64_t group = whole ? 16 * 32 : 16 * 16;
  const int64_t codes = weight.format.has_minimums ? 128 : 64;
  const int64_t block_bytes = codes + 2 * group;
  for (int64_t b = 0; b < blocks_a_row; ++b) {
    const int64_t at = (place.panel * blocks_a_row + b) * block_bytes;
    put(bytes, at + place.lane * 2, weight.scales, row * blocks_a_row + b, 2);
    if (weight.format.has_minimums) {
      put(bytes, at + 64 + place.lane * 2, weight.minimums, row * blocks_a_row + b, 2);
    }
    const int64_t own = at + codes + place.lane / 16 * group;
    for (int64_t col = 0; col < 32; ++col) {
      const int64_t index = row * cols + b * 32 + col;
      const auto code =
          static_cast<int>(load_element(weight.values.data(), weight.format.code_dtype, index));
      const int64_t vector = whole ? col / 4 : col / 4 % 4;
      uint8_t& byte = bytes[own + vector * 64 + place.lane % 16 * 4 + col % 4];
      const int stored = whole ? code + 128 : col < 16 ? code : code << 4;
      byte = static_cast<uint8_t>(byte | stored);
    }
  }
}

Bytes described(const Packing& packing, const ops::CanonicalTensor& weight) {
  Bytes out;
  const int64_t rows = weight.values.size(0);
  for (int64_t row = 0; row < rows; ++row) {
    const Place place = place_of(packing, row, rows);
    if (packing.format.is_plain()) {
      put_dense_row(out, weight, row, place);
    } else {
      put_block_row(out, weight, row, place);
    }
  }
  return out;
}

std::vector<std::byte> room_for(const Layout& layout, const ops::CanonicalTensor& weight) {
  const int64_t bytes =
      layout.packed_bytes(weight.format, weight.values.size(0), weight.values.size(1));
  return std::vector<std::byte>(static_cast<size_t>(bytes), kUntouched);
}

ops::CanonicalTensor rows_of(const ops::CanonicalTensor& weight, int64_t first, int64_t last) {
  using testing::internal::rows_of;
  ops::CanonicalTensor out{weight.format, rows_of(weight.values.view(), first, last), {}, {}};
  if (!weight.scales.empty()) out.scales = rows_of(weight.scales.view(), first, last);
  if (!weight.minimums.empty()) out.minimums = rows_of(weight.minimums.view(), first, last);
  return out;
}

class PanelLayout : public ::testing::TestWithParam<Packing> {
 protected:
  const Layout& layout() const { return *find_layout(GetParam().id); }
  // Weights around the sizes of a panel; both halves of a gated one have the same rows.
  template <class F>
  void for_each_weight(F&& f) const {
    for (const int64_t rows : {2, 16, 30, 32, 34, 64, 70}) {
      for (const int64_t cols : {32, 96}) f(drawn(GetParam().format, rows, cols));
      if (GetParam().format.is_plain()) f(drawn(GetParam().format, rows, 7));
    }
  }
};

TEST_P(PanelLayout, EveryByteIsWhereTheWordsPutIt) {
  for_each_weight([&](const ops::CanonicalTensor& weight) {
    std::vector<std::byte> packed = room_for(layout(), weight);
    layout().pack(weight, 0, weight.values.size(0), packed.data());
    const Bytes expected = described(GetParam(), weight);
    ASSERT_LT(expected.rbegin()->first, static_cast<int64_t>(packed.size()));
    for (size_t i = 0; i < packed.size(); ++i) {
      const auto found = expected.find(static_cast<int64_t>(i));
      const auto wanted = found == expected.end() ? kUntouched : std::byte{found->second};
      ASSERT_EQ(packed[i], wanted) << "byte " << i << " of " << weight.values.size(0) << " rows, "
                                   << weight.values.size(1) << " columns";
    }
  });
}

// Loading streams a few rows at a time, from any thread.
TEST_P(PanelLayout, SlicesInAnyOrderGiveTheSameBytes) {
  for_each_weight([&](const ops::CanonicalTensor& weight) {
    const int64_t rows = weight.values.size(0);
    std::vector<std::byte> whole = room_for(layout(), weight), sliced = whole;
    layout().pack(weight, 0, rows, whole.data());
    for (int64_t first = rows; first > 0;) {
      const int64_t last = first;
      first = std::max<int64_t>(0, last - 5);
      layout().pack(rows_of(weight, first, last), first, rows, sliced.data());
    }
    EXPECT_EQ(sliced, whole) << rows;
  });
}

// value = (code - offset) * scale + minimum, in f32.
TEST_P(PanelLayout, RowsReadBackExactly) {
  for_each_weight([&](const ops::CanonicalTensor& weight) {
    const int64_t rows = weight.values.size(0), cols = weight.values.size(1);
    std::vector<std::byte> packed = room_for(layout(), weight);
    layout().pack(weight, 0, rows, packed.data());
    const auto dense = dense_format(weight.format);
    const auto block = block_format(weight.format);
    ASSERT_NE(dense.has_value(), block.has_value());
    const int64_t panel = dense ? dense_panel_bytes(*dense, cols) : block_panel_bytes(*block, cols);
    std::vector<float> row(static_cast<size_t>(cols));
    for (int64_t i = 0; i < rows; ++i) {
      const Place place = place_of(GetParam(), i, rows);
      const std::byte* from = packed.data() + place.panel * panel;
      if (dense) {
        unpack_dense_row(*dense, from, place.lane, row);
      } else {
        unpack_block_row(*block, from, place.lane, row);
      }
      for (int64_t col = 0; col < cols; ++col) {
        auto wanted = static_cast<float>(testing::at(weight.values, i * cols + col));
        if (block) {
          const int64_t b = i * (cols / 32) + col / 32;
          wanted = (wanted - static_cast<float>(weight.format.code_offset)) *
                   static_cast<float>(testing::at(weight.scales, b));
          if (weight.format.has_minimums)
            wanted += static_cast<float>(testing::at(weight.minimums, b));
        }
        ASSERT_EQ(row[static_cast<size_t>(col)], wanted) << "row " << i << ", column " << col;
      }
    }
  });
}

INSTANTIATE_TEST_SUITE_P(All, PanelLayout, ::testing::ValuesIn(packings()), [](const auto& each) {
  std::string name = each.param.id;
  std::ranges::replace(name, '.', '_');
  return name;
});

TEST(PanelFormats, AreKnownByTheirStructureNotTheirName) {
  ops::WeightFormatDesc format = blocks("some_other_name", DType::kI8, 0, false);
  EXPECT_EQ(block_format(format), BlockFormat::kBytes);
  EXPECT_EQ(block_format(blocks("x", DType::kU4, 8, false)), BlockFormat::kNibbles);
  EXPECT_EQ(block_format(blocks("x", DType::kU4, 0, true)), BlockFormat::kNibblesAndMinimums);
  EXPECT_EQ(block_format(blocks("x", DType::kU4, 0, false)), std::nullopt) << "codes around 0";
  EXPECT_EQ(block_format(blocks("x", DType::kU4, 8, true)), std::nullopt);
  EXPECT_EQ(block_format(blocks("x", DType::kU8, 0, false)), std::nullopt);
  format.block_cols = 64;
  EXPECT_EQ(block_format(format), std::nullopt);
  format.block_cols = 32;
  format.scale_dtype = DType::kF32;
  EXPECT_EQ(block_format(format), std::nullopt) << "scales of another dtype";
  EXPECT_EQ(dense_format(format), std::nullopt);
  EXPECT_EQ(dense_format(plain(DType::kI8)), std::nullopt);
}

TEST(PanelFormats, APanelOfAGatedWeightHoldsSixteenOfEachHalf) {
  EXPECT_EQ(num_panels(PanelOrder::kPlain, 33), 2);
  EXPECT_EQ(num_panels(PanelOrder::kGated, 34), 2);
  EXPECT_EQ(num_panels(PanelOrder::kGated, 32), 1);
  EXPECT_EQ(num_panels(PanelOrder::kPlain, 0), 0);
  EXPECT_EQ(panel_outputs(PanelOrder::kPlain), 32);
  EXPECT_EQ(panel_outputs(PanelOrder::kGated), 16);
}

}  // namespace
}  // namespace lathe::kernels
