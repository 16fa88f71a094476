// SPDX-License-Identifier: Apache-2.0
// Between tensors in memory and tiles.
#pragma once

#include "lathe/core/tensor.h"
#include "lathe/kernels/pointwise_group/tile_ops.h"

namespace lathe::kernels {

// A view's elements in row-major order of a larger shape: as few axes as they can be told by.
class BroadcastRuns {
 public:
  // REQUIRES: `view` is contiguous and broadcasts to `shape`.
  BroadcastRuns(const TensorView& view, std::span<const int64_t> shape);

  // Elements [first, first + count) as lanes.
  void load(int64_t first, int64_t count, void* tile) const;

 private:
  void add_axis(int64_t size, int64_t stride);

  const std::byte* data_;
  DType dtype_;
  int rank_ = 0;  // >= 1
  std::array<int64_t, kMaxRank> sizes_{};
  std::array<int64_t, kMaxRank> strides_{};
};

// Lanes of `from`, which may be another dtype than the view's only among floating ones, as elements
// [first, first + count) of a contiguous view.
void store_tile(const void* tile, int64_t count, const TensorView& view, int64_t first);

// The same number in all lanes.
void fill_tile(double value, Lane lane, int64_t count, void* tile);

}  // namespace lathe::kernels
