// SPDX-License-Identifier: Apache-2.0
// A contiguous tensor as [outer, length, inner] around one axis, for kernels that copy runs of
// bytes. Bound: memory; every byte is read and written once.
#pragma once

#include <algorithm>
#include <cstring>

#include "lathe/kernels/cpu/ranges.h"
#include "lathe/kernels/cpu/vector_support.h"

namespace lathe::kernels {

struct AxisRows {
  std::byte* data = nullptr;
  int64_t outer = 1;        // product of the axes before
  int64_t length = 1;       // of the axis
  int64_t inner_bytes = 0;  // of one of its elements: all axes behind

  std::byte* at(int64_t row, int64_t index) const {
    return data + (row * length + index) * inner_bytes;
  }
};

// REQUIRES: contiguous; u4 with an axis that is not the last.
inline AxisRows axis_rows(const TensorView& view, int axis) {
  const int place = normalize_axis(axis, view.rank, "axis");
  AxisRows rows{.data = static_cast<std::byte*>(view.data), .length = view.size(place)};
  int64_t inner = 1;
  for (int i = 0; i < place; ++i) rows.outer *= view.size(i);
  for (int i = place + 1; i < view.rank; ++i) inner *= view.size(i);
  rows.inner_bytes = bytes_for(view.dtype, inner);
  return rows;
}

// Rows of so many bytes that a thread takes at a time.
inline int64_t grain_of_bytes(int64_t row_bytes) {
  constexpr int64_t kBytes = 64 << 10;
  return std::max<int64_t>(1, kBytes / std::max<int64_t>(1, row_bytes));
}

inline void copy_bytes(const std::byte* from, std::byte* to, int64_t count) {
  if (count > 0) std::memcpy(to, from, static_cast<size_t>(count));
}

// `supports` of these kernels: they take all that their op's reference takes, on any CPU.
inline Support any_cpu(const Problem&, const Target& target) {
  return needs_isa(target, CpuIsa::kAvx2);
}

}  // namespace lathe::kernels
