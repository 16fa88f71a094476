// SPDX-License-Identifier: Apache-2.0
// Where the keys and values of one kv head of one sequence lie: in blocks of a cache, or one behind
// the other.
#pragma once

#include <cstdint>

#include "lathe/core/dtype.h"

namespace lathe::kernels {

struct KeyValueRows {
  const void* keys = nullptr;
  const void* values = nullptr;
  DType dtype = DType::kF32;
  int64_t head_dim = 0;
  int64_t first = 0;                // element of position 0 (of a block)
  int64_t row_stride = 0;           // elements from one position to the next
  const int32_t* blocks = nullptr;  // null: not paged
  int64_t block_size = 1;
  int64_t block_stride = 0;

  // The element that a position's row begins at.
  int64_t offset(int64_t position) const {
    if (blocks == nullptr) return first + position * row_stride;
    return first + blocks[position / block_size] * block_stride +
           position % block_size * row_stride;
  }
};

}  // namespace lathe::kernels
