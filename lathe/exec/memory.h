// SPDX-License-Identifier: Apache-2.0
// Large host buffers: zero without being touched, resident only where used.
#pragma once

#include "lathe/core/tensor.h"

namespace lathe::exec {

// Zeroed memory from the system, page-aligned. Throws kOutOfMemory saying how much, and `what` for.
Tensor lazy_zeros(DType dtype, std::vector<int64_t> sizes, std::string_view what);

// Bytes of memory that the machine could give now.
int64_t available_memory();

}  // namespace lathe::exec
