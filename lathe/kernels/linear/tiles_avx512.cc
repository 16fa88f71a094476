// SPDX-License-Identifier: Apache-2.0
// Linear's tiles on AVX-512: 14 rows x 32 lanes in 28 of 32 registers; 12 rows x 16 lanes of
// integer and of float sums.
#include "lathe/kernels/cpu/simd_avx512.h"
#include "lathe/kernels/linear/tile_table.h"

namespace lathe::kernels {

namespace {

constexpr DenseShape kShape{.most_rows = 14, .most_wide_rows = 14};
constexpr int kPanels = 4;
constexpr int kBlockRows = 12;

}  // namespace

constinit const DenseTiles kDenseTilesAvx512 = {
    .rows = kShape.most_rows,
    .functions = {dense_functions<Avx512, F32Columns, kShape>(),
                  dense_functions<Avx512, F16Columns, kShape>(),
                  dense_functions<Avx512, Bf16Columns, kShape>()},
    .panels = kPanels,
    .row_functions = {dense_row<Avx512, F32Columns, kPanels>,
                      dense_row<Avx512, F16Columns, kPanels>,
                      dense_row<Avx512, Bf16Columns, kPanels>},
};

constinit const BlockTiles kBlockTilesAvx512 = {
    .rows = kBlockRows,
    .functions = {block_functions<Avx512, SignedDot<Avx512>, Bytes8, kBlockRows>(),
                  block_functions<Avx512, NibbleDot<Avx512>, Nibbles, kBlockRows>(),
                  block_functions<Avx512, NibbleDot<Avx512>, NibblesAndMinimums, kBlockRows>()},
    .code_offset = {0, 8, 0},
};

constinit const FinishTiles kFinishTilesAvx512 = finish_functions<Avx512>();

}  // namespace lathe::kernels
