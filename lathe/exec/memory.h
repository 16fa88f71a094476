// SPDX-License-Identifier: Apache-2.0
// Large host buffers: zero without being touched, resident only where used.
#pragma once

#include "lathe/core/tensor.h"

namespace lathe::exec {

// Huge pages are resident by the 2 MiB, and read a third faster: for what is used all over.
enum class Pages { kSmall, kHuge };

// Zeroed memory from the system, page-aligned. Throws kOutOfMemory saying how much, and `what` for.
Tensor lazy_zeros(DType dtype, std::vector<int64_t> sizes, Pages pages, std::string_view what);

// Bytes of memory that the machine could give now.
int64_t available_memory();

}  // namespace lathe::exec
