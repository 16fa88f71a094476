// SPDX-License-Identifier: Apache-2.0
// What the vector kernels of attention keep on the stack.
#pragma once

#include <cstdint>

namespace lathe::kernels {

inline constexpr int64_t kMaxHeadDim = 256;
inline constexpr int64_t kMaxBlockRows = 64;  // rows (a query token and a head) that share a tile

}  // namespace lathe::kernels
