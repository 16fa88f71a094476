// SPDX-License-Identifier: Apache-2.0
// A matrix product as plain data: what a kernel's record computes and cuBLASLt is handed.
#pragma once

#include <cstdint>

#include "lathe/core/dtype.h"

namespace lathe::cuda {

// Device memory that every product may use, aligned to 256 bytes.
inline constexpr int64_t kMatmulWorkspaceBytes = int64_t{32} << 20;

// d[m, n] = a[m, k] · b[n, k]ᵀ + bias[n] + c[m, n], all row-major, summed in f32. a and b are
// `dtype`, bf16 or f16; c and d are `out`, bias too: that or f32.
struct Matmul {
  int64_t m = 0, n = 0, k = 0;
  DType dtype = DType::kBf16;
  DType out = DType::kBf16;
  const void* a = nullptr;
  const void* b = nullptr;
  int64_t b_stride = 0;        // elements from one row to the next, k or more
  const void* bias = nullptr;  // null: none
  const void* c = nullptr;     // null: none; may be d
  void* d = nullptr;
  void* workspace = nullptr;  // kMatmulWorkspaceBytes
  bool operator==(const Matmul&) const = default;
};

}  // namespace lathe::cuda
