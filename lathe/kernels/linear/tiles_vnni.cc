// SPDX-License-Identifier: Apache-2.0
// Linear's block tiles with VNNI: four products of bytes a lane and their sum in one instruction.
// Panels hold codes as unsigned bytes, x is signed; nothing saturates.
#include "lathe/kernels/cpu/simd_avx512.h"
#include "lathe/kernels/linear/tile_table.h"

namespace lathe::kernels {

namespace {

constexpr int kBlockRows = 12;

struct VnniDot {
  using Weights = __m512i;
  [[gnu::always_inline]] static Weights prepare(__m512i codes) { return codes; }
  [[gnu::always_inline]] static __m512i begin(__m512i start) { return start; }
  [[gnu::always_inline]] static __m512i step(__m512i sum, __m512i weights, __m512i x) {
    return _mm512_dpbusd_epi32(sum, weights, x);
  }
  [[gnu::always_inline]] static __m512i end(__m512i sum, __m512i) { return sum; }
};

}  // namespace

constinit const BlockTiles kBlockTilesVnni = {
    .rows = kBlockRows,
    .functions = {block_functions<Avx512, VnniDot, Bytes8, kBlockRows>(),
                  block_functions<Avx512, VnniDot, Nibbles, kBlockRows>(),
                  block_functions<Avx512, VnniDot, NibblesAndMinimums, kBlockRows>()},
    .code_offset = {128, 8, 0},
};

}  // namespace lathe::kernels
