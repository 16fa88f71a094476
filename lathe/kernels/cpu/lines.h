// SPDX-License-Identifier: Apache-2.0
// The loop of reference kernels that work along one axis.
#pragma once

#include "lathe/kernels/cpu/cursor.h"
#include "lathe/kernels/cpu/ranges.h"

namespace lathe::kernels {

// Calls body(x_line, y_line) with views of rank 1 for every line along `axis`. REQUIRES: x and y
// have equal sizes but for that axis.
template <class F>
void for_lines(ThreadPool& pool, const TensorView& x, const TensorView& y, int axis, F&& body) {
  std::vector<bool> along(static_cast<size_t>(x.rank), false);
  along[static_cast<size_t>(axis < 0 ? axis + x.rank : axis)] = true;
  const TensorView x_line = axes_of(x, along);
  const TensorView y_line = axes_of(y, along);
  along.flip();
  const TensorView x_starts = axes_of(x, along);
  const TensorView y_starts = axes_of(y, along);
  for_ranges(pool, x_starts.num_elements(), 16, [&](int64_t first, int64_t last) {
    Cursor from(x_starts, x_starts.shape(), first);
    Cursor to(y_starts, y_starts.shape(), first);
    for (int64_t i = first; i < last; ++i, from.next(), to.next()) {
      body(moved(x_line, from.offset()), moved(y_line, to.offset()));
    }
  });
}

}  // namespace lathe::kernels
