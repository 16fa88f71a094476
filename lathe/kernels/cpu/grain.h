// SPDX-License-Identifier: Apache-2.0
// How much work a thread takes at a time.
#pragma once

#include <algorithm>
#include <cstdint>

namespace lathe::kernels {

// Rows of so many elements that make some microseconds of element-wise work: less is not worth a
// thread's attention.
inline int64_t grain_rows(int64_t row_elements) {
  constexpr int64_t kElements = 8192;
  return std::max<int64_t>(1, kElements / std::max<int64_t>(1, row_elements));
}

}  // namespace lathe::kernels
