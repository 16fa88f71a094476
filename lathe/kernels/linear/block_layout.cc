// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "lathe/base/float16.h"
#include "lathe/kernels/linear/panels.h"

namespace lathe::kernels {

namespace {

struct Traits {
  DType code_dtype;
  int code_offset;
  bool has_minimums;
};

constexpr Traits kTraits[] = {
    {DType::kI8, 0, false}, {DType::kU4, 8, false}, {DType::kU4, 0, true}};

constexpr const Traits& traits(BlockFormat format) { return kTraits[static_cast<size_t>(format)]; }

// Where the parts of a block lie in a panel (block_tile.h).
struct BlockPlace {
  int64_t bytes;        // of the whole block
  int64_t codes;        // where they begin
  int64_t group_bytes;  // of 16 rows' codes
};

constexpr BlockPlace place(BlockFormat format) {
  const int64_t codes = kPanelRows * (traits(format).has_minimums ? 4 : 2);
  const int64_t group =
      kVectorLanes * kBlockCols * (traits(format).code_dtype == DType::kI8 ? 8 : 4) / 8;
  return {codes + 2 * group, codes, group};
}

// Codes of a row: 4 bytes a vector, `lane` of 16. Signed bytes become unsigned.
void pack_bytes(const uint8_t* codes, int64_t lane, std::byte* group) {
  for (int64_t vector = 0; vector < 8; ++vector) {
    uint32_t four = 0;
    std::memcpy(&four, codes + vector * 4, sizeof(four));
    four ^= 0x80808080;
    std::memcpy(group + vector * 64 + lane * 4, &four, sizeof(four));
  }
}

uint8_t nibble(const uint8_t* codes, int64_t index) {
  return static_cast<uint8_t>(codes[index / 2] >> (index % 2 * 4) & 15);
}

void pack_nibbles(const uint8_t* codes, int64_t lane, std::byte* group) {
  for (int64_t i = 0; i < 16; ++i) {
    group[i / 4 * 64 + lane * 4 + i % 4] =
        static_cast<std::byte>(nibble(codes, i) | nibble(codes, i + 16) << 4);
  }
}

template <BlockFormat kFormat>
void pack_block(const ops::CanonicalTensor& slice, int64_t index, int64_t lane, std::byte* block) {
  constexpr bool kBytes = traits(kFormat).code_dtype == DType::kI8;
  constexpr int64_t kCodeBytes = kBytes ? 32 : 16;
  const auto* codes = static_cast<const uint8_t*>(slice.values.data()) + index * kCodeBytes;
  std::byte* group =
      block + place(kFormat).codes + lane / kVectorLanes * place(kFormat).group_bytes;
  if constexpr (kBytes) {
    pack_bytes(codes, lane % kVectorLanes, group);
  } else {
    pack_nibbles(codes, lane % kVectorLanes, group);
  }
  std::memcpy(block + lane * 2, static_cast<const uint16_t*>(slice.scales.data()) + index, 2);
  if constexpr (traits(kFormat).has_minimums) {
    std::memcpy(block + (kPanelRows + lane) * 2,
                static_cast<const uint16_t*>(slice.minimums.data()) + index, 2);
  }
}

template <BlockFormat kFormat, PanelOrder kOrder>
void pack(const ops::CanonicalTensor& slice, int64_t first_row, int64_t rows, std::byte* out) {
  const int64_t blocks = slice.scales.size(1);
  for (int64_t row = 0; row < slice.scales.size(0); ++row) {
    const PanelSlot slot = panel_slot(kOrder, first_row + row, rows);
    std::byte* panel = out + slot.panel * blocks * place(kFormat).bytes;
    for (int64_t b = 0; b < blocks; ++b) {
      pack_block<kFormat>(slice, row * blocks + b, slot.lane, panel + b * place(kFormat).bytes);
    }
  }
}

// The inverse of pack_bytes and pack_nibbles: the code of column `col` of a block.
int unpacked_code(BlockFormat format, const std::byte* group, int64_t lane, int64_t col) {
  if (traits(format).code_dtype == DType::kI8) {
    return static_cast<int>(group[col / 4 * 64 + lane * 4 + col % 4]) - 128;
  }
  const int64_t low = col % 16;
  const auto byte = static_cast<int>(group[low / 4 * 64 + lane * 4 + low % 4]);
  return (col < 16 ? byte & 15 : byte >> 4) - traits(format).code_offset;
}

float half_at(const std::byte* from) {
  Fp16 value;
  std::memcpy(&value, from, sizeof(value));
  return to_float(value);
}

template <BlockFormat kFormat, PanelOrder kOrder>
int64_t packed_bytes(const ops::WeightFormatDesc&, int64_t rows, int64_t cols) {
  return num_panels(kOrder, rows) * block_panel_bytes(kFormat, cols);
}

template <BlockFormat kFormat, PanelOrder kOrder>
constexpr Layout layout(std::string_view id) {
  return {.id = id,
          .row_multiple = 1,
          .packed_bytes = packed_bytes<kFormat, kOrder>,
          .pack = pack<kFormat, kOrder>};
}

constexpr Layout kLayouts[3][2] = {
    {layout<BlockFormat::kBytes, PanelOrder::kPlain>("q8_0.panel32"),
     layout<BlockFormat::kBytes, PanelOrder::kGated>("q8_0.panel32.gated")},
    {layout<BlockFormat::kNibbles, PanelOrder::kPlain>("q4_0.panel32"),
     layout<BlockFormat::kNibbles, PanelOrder::kGated>("q4_0.panel32.gated")},
    {layout<BlockFormat::kNibblesAndMinimums, PanelOrder::kPlain>("q4_1.panel32"),
     layout<BlockFormat::kNibblesAndMinimums, PanelOrder::kGated>("q4_1.panel32.gated")},
};

}  // namespace

void unpack_block_row(BlockFormat format, const std::byte* panel, int64_t lane,
                      std::span<float> out) {
  const BlockPlace where = place(format);
  for (size_t begin = 0; begin < out.size(); begin += kBlockCols) {
    const std::byte* block = panel + static_cast<int64_t>(begin) / kBlockCols * where.bytes;
    const std::byte* group = block + where.codes + lane / kVectorLanes * where.group_bytes;
    const float scale = half_at(block + lane * 2);
    const float minimum =
        traits(format).has_minimums ? half_at(block + (kPanelRows + lane) * 2) : 0;
    for (int64_t col = 0; col < kBlockCols; ++col) {
      const int code = unpacked_code(format, group, lane % kVectorLanes, col);
      out[begin + static_cast<size_t>(col)] = static_cast<float>(code) * scale + minimum;
    }
  }
}

int64_t block_panel_bytes(BlockFormat format, int64_t cols) {
  return cols / kBlockCols * place(format).bytes;
}

const Layout& block_layout(BlockFormat format, PanelOrder order) {
  return kLayouts[static_cast<size_t>(format)][static_cast<size_t>(order)];
}

std::optional<BlockFormat> block_format(const ops::WeightFormatDesc& format) {
  if (format.block_cols != kBlockCols || format.scale_dtype != DType::kF16) return std::nullopt;
  for (const BlockFormat candidate :
       {BlockFormat::kBytes, BlockFormat::kNibbles, BlockFormat::kNibblesAndMinimums}) {
    const Traits& wanted = traits(candidate);
    if (format.code_dtype == wanted.code_dtype && format.code_offset == wanted.code_offset &&
        format.has_minimums == wanted.has_minimums) {
      return candidate;
    }
  }
  return std::nullopt;
}

}  // namespace lathe::kernels
