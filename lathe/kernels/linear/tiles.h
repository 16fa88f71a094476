// SPDX-License-Identifier: Apache-2.0
// The inner functions of linear, as the ISA classes provide them: plain structs in, a table of
// function pointers a class. What calls them (dense.cc, block.cc) knows no instruction set.
//
// A *panel* is 32 rows of a packed weight (panels.h), a *tile* some rows of x times one panel:
// sums[row][lane], f32, every sum over ascending k in one accumulator.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "lathe/ops/elementwise.h"

namespace lathe::kernels {

inline constexpr int64_t kPanelRows = 32;
inline constexpr int64_t kVectorLanes = 16;
inline constexpr int64_t kMaxTileRows = 14;

enum class DenseFormat : uint8_t { kF32, kF16, kBf16 };
// As their codes lie in a panel; q8_0, q4_0 (codes around 8) and q4_1.
enum class BlockFormat : uint8_t { kBytes, kNibbles, kNibblesAndMinimums };

// Adds the products of `cols` columns to the sums.
struct DenseTile {
  const float* x;          // [column][rows of the tile]
  const std::byte* panel;  // at the first of the columns
  int64_t panel_bytes;     // from it to the panel behind it
  int64_t cols;
  float* sums;  // [rows][kPanelRows]
};

// Rows of quantized x, packed for a tile, a block of 32 columns at a time:
// codes i8 [8][rows][4], start i32 [rows], scales f32 [rows], sums of codes f32 [rows].
inline constexpr int64_t kBlockCols = 32;
inline constexpr int64_t kPackedBlockBytes = kBlockCols + 12;  // a row

// What every start includes. An integer of less than 2^22 above or below it has the bits of the
// float kIntegerBiasValue plus that integer; a block's sums stay below 32 * 255 * 127 < 2^20.
inline constexpr int32_t kIntegerBias = 0x4b400000;
inline constexpr float kIntegerBiasValue = 12582912.0f;  // 3 * 2^22
static_assert(std::bit_cast<float>(kIntegerBias) == kIntegerBiasValue);

// Computes the sums over all blocks.
struct BlockTile {
  const std::byte* x;  // [block][rows * kPackedBlockBytes]
  const std::byte* panel;
  int64_t blocks;
  int64_t ahead;  // how many bytes ahead the panel is asked for; 0 where it is in the cache
  float* sums;    // [rows][kPanelRows]
};

// Turns a tile's sums into y: activation(sums + bias), times the panel's other half where it is
// gated, plus the residual.
struct Finish {
  const float* sums;  // [rows][kPanelRows]
  int64_t rows;
  int64_t lanes;          // of the panel's y that exist: up to 32, gated up to 16
  const float* bias;      // [kPanelRows], or null
  const float* residual;  // at the tile's first element, or null; rows are y_stride apart
  float* y;
  int64_t y_stride;
};

// The activations that have a loop of their own; others go value by value.
enum class FinishKind : uint8_t {
  kNone,
  kRelu,
  kSilu,
  kGelu,
  kGeluTanh,
  kQuickGelu,
  kSigmoid,
  kTanh,
};

struct DenseTiles {
  using Function = void (*)(const DenseTile&);
  int64_t rows;                                                 // most of a tile
  std::array<std::array<Function, kMaxTileRows>, 3> functions;  // [DenseFormat][rows - 1]
  int64_t panels;                         // that one row takes side by side, in
  std::array<Function, 3> row_functions;  // [DenseFormat]
};

struct BlockTiles {
  using Function = void (*)(const BlockTile&);
  int64_t rows;
  std::array<std::array<Function, kMaxTileRows>, 3> functions;  // [BlockFormat][rows - 1]
  // By how much the codes that the dot products see exceed those that the panel stands for: a
  // block's integer sums start from kIntegerBias less this times the sum of x codes.
  std::array<int32_t, 3> code_offset;  // [BlockFormat]
};

using FinishFunction = void (*)(const Finish&);
using FinishTiles = std::array<std::array<FinishFunction, 2>, 8>;  // [FinishKind][gated]

extern const DenseTiles kDenseTilesAvx2;
extern const DenseTiles kDenseTilesAvx512;
extern const BlockTiles kBlockTilesAvx2;
extern const BlockTiles kBlockTilesAvx512;
extern const BlockTiles kBlockTilesVnni;
extern const FinishTiles kFinishTilesAvx2;
extern const FinishTiles kFinishTilesAvx512;

}  // namespace lathe::kernels
