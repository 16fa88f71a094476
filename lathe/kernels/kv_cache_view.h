// SPDX-License-Identifier: Apache-2.0
// The storage of one layer's paged KV cache as kernels see it. A TensorView of dtype kState points
// at one of these; the memory is exec's (or the interpreter's).
#pragma once

#include <cstdint>

#include "lathe/core/dtype.h"

namespace lathe::kernels {

// keys and values: [num_blocks, kv_heads, block_size, head_dim], contiguous, of `dtype`.
struct KvCacheView {
  void* keys = nullptr;
  void* values = nullptr;
  DType dtype = DType::kF32;
  int64_t num_blocks = 0;
  int64_t block_size = 64;  // tokens
  int64_t kv_heads = 0;
  int64_t head_dim = 0;

  // Index of the first element of one token's key (or value).
  int64_t offset(int64_t block, int64_t kv_head, int64_t slot) const {
    return ((block * kv_heads + kv_head) * block_size + slot) * head_dim;
  }
};

}  // namespace lathe::kernels
