// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/cursor.h"

namespace lathe::kernels {

Cursor::Cursor(const TensorView& view, std::span<const int64_t> shape, int64_t first)
    : rank_(static_cast<int>(shape.size())) {
  const TensorView whole = broadcast_view(view, shape);
  sizes_ = whole.sizes;
  strides_ = whole.strides;
  for (size_t i = shape.size(); i-- > 0 && first > 0;) {
    index_[i] = first % sizes_[i];
    offset_ += index_[i] * strides_[i];
    first /= sizes_[i];
  }
}

TensorView broadcast_view(const TensorView& view, std::span<const int64_t> shape) {
  const size_t added = shape.size() - static_cast<size_t>(view.rank);
  TensorView out{.data = view.data, .dtype = view.dtype, .rank = static_cast<int>(shape.size())};
  for (size_t i = 0; i < shape.size(); ++i) {
    out.sizes[i] = shape[i];
    const bool repeated = i < added || view.sizes[i - added] == 1;
    out.strides[i] = repeated ? 0 : view.strides[i - added];
    LATHE_DCHECK(repeated || view.sizes[i - added] == shape[i], "does not broadcast");
  }
  return out;
}

TensorView moved(TensorView view, int64_t elements) {
  if (elements == 0) return view;  // the data of an empty view may be null
  view.data = static_cast<std::byte*>(view.data) + elements * bits_of(view.dtype) / 8;
  return view;
}

TensorView select(const TensorView& view, int axis, int64_t index) {
  std::vector<bool> keep(static_cast<size_t>(view.rank), true);
  keep[static_cast<size_t>(axis)] = false;
  return moved(axes_of(view, keep), index * view.stride(axis));
}

TensorView cut(const TensorView& view, int axis, int64_t start, int64_t count, int64_t step) {
  TensorView out = moved(view, count == 0 ? 0 : start * view.stride(axis));
  out.sizes[static_cast<size_t>(axis)] = count;
  out.strides[static_cast<size_t>(axis)] *= step;
  return out;
}

TensorView permuted(const TensorView& view, std::span<const int> order) {
  TensorView out = view;
  for (size_t i = 0; i < order.size(); ++i) {
    out.sizes[i] = view.size(order[i]);
    out.strides[i] = view.stride(order[i]);
  }
  return out;
}

TensorView axes_of(const TensorView& view, const std::vector<bool>& keep) {
  TensorView out{.data = view.data, .dtype = view.dtype, .rank = 0};
  for (size_t i = 0; i < keep.size(); ++i) {
    if (!keep[i]) continue;
    const auto place = static_cast<size_t>(out.rank++);
    out.sizes[place] = view.sizes[i];
    out.strides[place] = view.strides[i];
  }
  return out;
}

}  // namespace lathe::kernels
