// SPDX-License-Identifier: Apache-2.0
// Tables of tiles by number of rows, for the files that instantiate them for an ISA class.
#pragma once

#include <utility>

#include "lathe/kernels/linear/block_tile.h"
#include "lathe/kernels/linear/dense_tile.h"
#include "lathe/kernels/linear/finish_tile.h"

namespace lathe::kernels {
namespace {

// A tile of 16 lanes at a time serves more rows; one of 32 reads its panel once.
struct DenseShape {
  int most_rows;
  int most_wide_rows;  // up to so many rows, 32 lanes at once
};

template <class Simd, template <class> class Columns, DenseShape kShape>
constexpr auto dense_functions() {
  return []<int... kIndex>(std::integer_sequence<int, kIndex...>) {
    return std::array<DenseTiles::Function, kMaxTileRows>{
        dense_tile < Simd, Columns, kIndex + 1, kIndex + 1 <= kShape.most_wide_rows ? 2 : 1 > ...};
  }
  (std::make_integer_sequence<int, kShape.most_rows>{});
}

template <class Simd, class Dot, class Format, int kMostRows>
constexpr auto block_functions() {
  return []<int... kIndex>(std::integer_sequence<int, kIndex...>) {
    return std::array<BlockTiles::Function, kMaxTileRows>{
        block_tile<Simd, Dot, Format, kIndex + 1>...};
  }
  (std::make_integer_sequence<int, kMostRows>{});
}

}  // namespace
}  // namespace lathe::kernels
