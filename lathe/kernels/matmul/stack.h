// SPDX-License-Identifier: Apache-2.0
// The operands of a matrix product as stacks of matrices.
#pragma once

#include "lathe/kernels/cpu/cursor.h"

namespace lathe::kernels {

struct MatrixStack {
  TensorView starts;  // the leading axes: where the matrices lie
  TensorView matrix;  // the first of them

  explicit MatrixStack(const TensorView& view) : starts(view), matrix(view) {
    starts.rank -= 2;
    const auto first = static_cast<size_t>(starts.rank);
    matrix.rank = 2;
    matrix.sizes = {view.sizes[first], view.sizes[first + 1]};
    matrix.strides = {view.strides[first], view.strides[first + 1]};
  }

  // The matrix at `index` of a stack of shape `shape`, to which this one broadcasts.
  TensorView at(int64_t index, std::span<const int64_t> shape) const {
    return moved(matrix, Cursor(starts, shape, index).offset());
  }
};

}  // namespace lathe::kernels
