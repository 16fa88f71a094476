// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/copy.h"

#include <cstring>

#include "lathe/kernels/cpu/cursor.h"

namespace lathe::kernels {

namespace {

// A u4 view as the bytes that its pairs of codes lie in.
TensorView as_bytes(TensorView view) {
  if (view.dtype != DType::kU4) return view;
  view.dtype = DType::kU8;
  const auto last = static_cast<size_t>(view.rank - 1);
  view.sizes[last] /= 2;
  for (size_t i = 0; i < last; ++i) view.strides[i] /= 2;
  return view;
}

// Elements that lie side by side in both views: the last axis, or the whole of them.
int64_t common_run(const TensorView& from, const TensorView& to) {
  if (from.is_contiguous() && to.is_contiguous()) return from.num_elements();
  const bool rows = from.rank > 0 && to.rank > 0 && from.size(-1) == to.size(-1) &&
                    from.stride(-1) == 1 && to.stride(-1) == 1;
  return rows ? from.size(-1) : 1;
}

// Where the runs of a view start.
Cursor run_starts(const TensorView& view, int64_t run) {
  if (run == 1) return Cursor(view);
  TensorView starts = view;
  starts.rank = run == view.num_elements() ? 0 : view.rank - 1;
  return Cursor(starts);
}

}  // namespace

void copy_elements(const TensorView& from_view, const TensorView& to_view) {
  const TensorView from = as_bytes(from_view);
  const TensorView to = as_bytes(to_view);
  const int64_t count = from.num_elements();
  LATHE_CHECK(from.dtype == to.dtype && count == to.num_elements(), "copy of unlike views", count);
  if (count == 0) return;
  const int64_t run = common_run(from, to);
  const auto element = static_cast<size_t>(bits_of(from.dtype) / 8);
  const size_t bytes = static_cast<size_t>(run) * element;
  Cursor source = run_starts(from, run);
  Cursor target = run_starts(to, run);
  for (int64_t i = 0; i < count; i += run) {
    std::memcpy(
        static_cast<std::byte*>(to.data) + target.offset() * static_cast<int64_t>(element),
        static_cast<std::byte*>(from.data) + source.offset() * static_cast<int64_t>(element),
        bytes);
    source.next();
    target.next();
  }
}

}  // namespace lathe::kernels
