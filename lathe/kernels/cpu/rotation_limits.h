// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace lathe::kernels {

// The widest rotation that the vector kernels keep on the stack.
inline constexpr int64_t kMaxRotaryDims = 512;

}  // namespace lathe::kernels
