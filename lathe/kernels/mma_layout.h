// SPDX-License-Identifier: Apache-2.0
// Weights as tensor cores take them: the layouts that all CUDA linear kernels of 16-bit weights
// share.
//
// A weight [n, k] becomes groups of 16 rows, padded to whole tiles of 8 groups; a group is a row of
// chunks of 64 columns (2 KB), one after the other, so that any run of a group is one bulk copy. A
// chunk is four blocks of 16 x 16, a block the A operand of mma.m16n8k16 and of wgmma: lane 4g + t
// holds 16 bytes, rows g and g + 8, columns 2t, 2t+1, 2t+8, 2t+9 (ptx/mma.cuh). Missing columns are
// zeros; missing rows are there, and nobody reads their sums.
//
// "mma.gated" interleaves the two halves of a gated weight: a group holds 8 rows of the gate and
// the 8 rows of the other half that they meet.
#pragma once

#include "lathe/kernels/kernel.h"

namespace lathe::kernels {

inline constexpr int64_t kMmaGroupRows = 16;
inline constexpr int64_t kMmaTileRows = 128;
inline constexpr int64_t kMmaChunkColumns = 64;
inline constexpr int64_t kMmaChunkBytes = kMmaGroupRows * kMmaChunkColumns * 2;

struct MmaShape {
  int64_t tiles = 0;   // of 128 rows
  int64_t groups = 0;  // of 16 rows, those that hold none but padding not counted
  int64_t steps = 0;   // chunks of a group
  int64_t bytes() const { return tiles * 8 * steps * kMmaChunkBytes; }
};
// Of a weight of `rows` packed rows.
MmaShape mma_shape(int64_t rows, int64_t columns);
// Rows as they are packed: a gated weight's halves are padded to whole groups of 8.
enum class Gate : uint8_t { kNone, kGated };
int64_t mma_packed_rows(int64_t rows, Gate gate);

extern const Layout kMmaLayout;       // "mma"
extern const Layout kMmaGatedLayout;  // "mma.gated"

// Where a row of a weight of `rows` rows lies among the packed rows.
int64_t mma_gated_row(int64_t row, int64_t rows);

}  // namespace lathe::kernels
