// SPDX-License-Identifier: Apache-2.0
// Linear's tiles on AVX2: 6 rows x 16 lanes in 12 of 16 registers, up to 3 rows x 32.
#include "lathe/kernels/cpu/simd_avx2.h"
#include "lathe/kernels/linear/tile_table.h"

namespace lathe::kernels {

namespace {

constexpr DenseShape kShape{.most_rows = 6, .most_wide_rows = 3};
constexpr int kPanels = 2;
constexpr int kBlockRows = 4;

}  // namespace

constinit const DenseTiles kDenseTilesAvx2 = {
    .rows = kShape.most_rows,
    .functions = {dense_functions<Avx2, F32Columns, kShape>(),
                  dense_functions<Avx2, F16Columns, kShape>(),
                  dense_functions<Avx2, Bf16Columns, kShape>()},
    .panels = kPanels,
    .row_functions = {dense_row<Avx2, F32Columns, kPanels>, dense_row<Avx2, F16Columns, kPanels>,
                      dense_row<Avx2, Bf16Columns, kPanels>},
};

constinit const BlockTiles kBlockTilesAvx2 = {
    .rows = kBlockRows,
    .functions = {block_functions<Avx2, SignedDot<Avx2>, Bytes8, kBlockRows>(),
                  block_functions<Avx2, NibbleDot<Avx2>, Nibbles, kBlockRows>(),
                  block_functions<Avx2, NibbleDot<Avx2>, NibblesAndMinimums, kBlockRows>()},
    .code_offset = {0, 8, 0},
};

constinit const FinishTiles kFinishTilesAvx2 = finish_functions<Avx2>();

}  // namespace lathe::kernels
