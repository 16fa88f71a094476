// SPDX-License-Identifier: Apache-2.0
// Which element or row a thread works on, in kernels of simple shape: blocks of 256 threads.
#pragma once

#include "lathe/kernels/ptx/math.cuh"

LATHE_DEVICE i64 element_of_thread() { return blockIdx.x * i64{256} + threadIdx.x; }

// kThreads, 32 or 256, share a row: a block has eight rows or one.
template <int kThreads>
struct RowThreads {
  static LATHE_DEVICE i64 row() { return element_of_thread() / kThreads; }
  static LATHE_DEVICE int first() { return threadIdx.x % kThreads; }  // column, then every kThreads
  // The sum over all threads of the row, in all of them; the same order always.
  static LATHE_DEVICE float sum(float value) {
    value = warp_sum(value);
    if constexpr (kThreads == 32) return value;
    __shared__ float sums[kThreads / 32];
    __syncthreads();  // an earlier sum may still be read
    if (threadIdx.x % 32 == 0) sums[threadIdx.x / 32] = value;
    __syncthreads();
    float total = 0;
#pragma unroll
    for (int i = 0; i < kThreads / 32; ++i) total += sums[i];
    return total;
  }
};
