// SPDX-License-Identifier: Apache-2.0
// x as the tiles read it: a row tile's elements in the order of use, so that a tile walks one
// stream whatever the stride of x.
#pragma once

#include <cstdint>

#include "lathe/kernels/linear/tiles.h"

namespace lathe::kernels {

struct ColumnRange {
  int64_t begin;
  int64_t end;
};

// [rows][cols] -> [cols][rows], the given columns of it.
void regroup_columns(const float* x, int64_t rows, int64_t cols, ColumnRange range, float* out);

// One row's block of codes among those of its tile (BlockTile).
struct PackedRow {
  int64_t row;
  int64_t rows;  // of the tile
  std::byte* block;
};

// `codes`: kBlockCols of them; `code_offset`: of BlockTiles.
void pack_block(const int8_t* codes, float scale, int32_t code_offset, const PackedRow& to);

}  // namespace lathe::kernels
