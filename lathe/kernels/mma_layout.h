// SPDX-License-Identifier: Apache-2.0
// Weights as tensor cores take them: the layouts that all CUDA linear kernels of 16-bit weights
// share.
//
// A weight [n, k] becomes tiles of 128 rows, each a row of stages of 64 columns (16 KB, one bulk
// copy). A stage is eight groups of 16 rows, a group four blocks of 16 x 16, a block the A operand
// of mma.m16n8k16: lane 4g + t holds 16 bytes, rows g and g + 8, columns 2t, 2t+1, 2t+8, 2t+9
// (ptx/mma.cuh). Missing columns are zeros; missing rows are there, and nobody reads their sums.
//
// "mma.gated" interleaves the two halves of a gated weight: a group holds 8 rows of the gate and
// the 8 rows of the other half that they meet.
#pragma once

#include "lathe/kernels/kernel.h"

namespace lathe::kernels {

inline constexpr int64_t kMmaTileRows = 128;
inline constexpr int64_t kMmaStageColumns = 64;
inline constexpr int64_t kMmaStageBytes = kMmaTileRows * kMmaStageColumns * 2;

struct MmaShape {
  int64_t tiles = 0;
  int64_t steps = 0;  // stages of a tile
  int64_t bytes() const { return tiles * steps * kMmaStageBytes; }
};
// Of a weight of `rows` rows in all, both halves of a gated one counted.
MmaShape mma_shape(int64_t rows, int64_t columns);

extern const Layout kMmaLayout;       // "mma"
extern const Layout kMmaGatedLayout;  // "mma.gated"

// Where a row of a weight of `rows` rows lies among the packed rows.
int64_t mma_gated_row(int64_t row, int64_t rows);

}  // namespace lathe::kernels
