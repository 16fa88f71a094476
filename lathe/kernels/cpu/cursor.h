// SPDX-License-Identifier: Apache-2.0
// Walks over a strided view in row-major order, and cuts views out of views.
#pragma once

#include "lathe/core/tensor.h"

namespace lathe::kernels {

// The offsets (in elements) of a view's elements, one after the other, in row-major order of
// `shape`, to which the view broadcasts. Steps past the last element come back to the first.
class Cursor {
 public:
  Cursor(const TensorView& view, std::span<const int64_t> shape, int64_t first = 0);
  explicit Cursor(const TensorView& view) : Cursor(view, view.shape()) {}

  int64_t offset() const { return offset_; }
  void next() {
    for (int axis = rank_ - 1; axis >= 0; --axis) {
      const auto i = static_cast<size_t>(axis);
      offset_ += strides_[i];
      if (++index_[i] < sizes_[i]) return;
      offset_ -= strides_[i] * sizes_[i];
      index_[i] = 0;
    }
  }

 private:
  int rank_;
  int64_t offset_ = 0;
  std::array<int64_t, kMaxRank> sizes_{};
  std::array<int64_t, kMaxRank> strides_{};
  std::array<int64_t, kMaxRank> index_{};
};

// The view repeated to `shape` by strides of 0. REQUIRES: it broadcasts to it.
TensorView broadcast_view(const TensorView& view, std::span<const int64_t> shape);

// What a view without axis `axis` has at `index` of it.
TensorView select(const TensorView& view, int axis, int64_t index);

// `count` elements of one axis from `start` on, each `step`-th. Of u4: no cut of the last axis.
TensorView cut(const TensorView& view, int axis, int64_t start, int64_t count, int64_t step = 1);

// Axes permuted: axis i of the result is axis order[i].
TensorView permuted(const TensorView& view, std::span<const int> order);

// The axes with keep[i], at index 0 of the others.
TensorView axes_of(const TensorView& view, const std::vector<bool>& keep);

// The view moved by so many elements.
TensorView moved(TensorView view, int64_t elements);

}  // namespace lathe::kernels
