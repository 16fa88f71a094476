// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace lathe::kernels {

// The longest block of codes that the vector kernels keep on the stack.
inline constexpr int64_t kMaxNormBlock = 512;

}  // namespace lathe::kernels
