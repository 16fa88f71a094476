// SPDX-License-Identifier: Apache-2.0
// A loop of many small iterations, cut into ranges for the threads of a pool.
#pragma once

#include <algorithm>

#include "lathe/base/thread_pool.h"

namespace lathe::kernels {

// body(first, last) for ranges of at most `grain` iterations that cover [0, count).
template <class F>
void for_ranges(ThreadPool& pool, int64_t count, int64_t grain, F&& body) {
  if (count <= grain) {
    if (count > 0) body(int64_t{0}, count);
    return;
  }
  pool.run(static_cast<size_t>((count + grain - 1) / grain), [&](size_t tile) {
    const int64_t first = static_cast<int64_t>(tile) * grain;
    body(first, std::min(first + grain, count));
  });
}

}  // namespace lathe::kernels
