// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/reduce/block.h"

namespace lathe::kernels {

namespace {

bool is_reduced(const ops::Reduce& op, int axis, int rank) {
  for (const int given : op.axes) {
    if (given == axis || given + rank == axis) return true;
  }
  return op.axes.empty();
}

}  // namespace

ReduceBlock reduce_block(const ops::Reduce& op, std::span<const int64_t> sizes) {
  const auto rank = static_cast<int>(sizes.size());
  ReduceBlock block;
  bool behind = false;
  for (int axis = 0; axis < rank; ++axis) {
    const int64_t size = sizes[static_cast<size_t>(axis)];
    const bool reduced = is_reduced(op, axis, rank);
    behind = behind || (reduced && size != 1);
    (reduced ? block.reduced : behind ? block.inner : block.outer) *= size;
  }
  return block;
}

bool is_block(const ops::Reduce& op, const Shape& shape) {
  int changes = 0;
  bool last = false;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == Dim(1)) continue;
    const bool reduced = is_reduced(op, axis, shape.rank());
    if (reduced != last) ++changes;
    last = reduced;
  }
  return changes <= 2;
}

}  // namespace lathe::kernels
