// SPDX-License-Identifier: Apache-2.0
// A norm inside a linear layer: its weight is one number a column, so that it can be multiplied
// into the weight's fragments; its factor is one number a token, which waits until sums are
// complete.
#pragma once

#include "lathe/kernels/linear/epilogue.cuh"
#include "lathe/kernels/ptx/math.cuh"
#include "lathe/kernels/ptx/mma.cuh"

LATHE_DEVICE float inverse_norm(float squares) { return rsqrtf(squares / kColumns + kEps); }

// The norm's weight in shared memory, by the kThreads threads that multiply: 128 bytes a step, of
// which lane (g, t) reads the 32 from 32 t: its columns of the fragments of four blocks of 16
// columns.
template <int kThreads>
LATHE_DEVICE void bring_norm(const Parameters& p, u32* to) {
  for (int i = threadIdx.x; i < kSteps * 32; i += kThreads) {
    const int t = i / 8 % 4, block = i / 2 % 4, high = i % 2;
    const int column = i / 32 * 64 + block * 16 + high * 8 + t * 2;
    to[i] = column < kColumns ? *reinterpret_cast<const u32*>(p.norm + column) : 0;
  }
  named_barrier(1, kThreads);
}
// The fragments of 16 rows and 64 columns, each column times the norm's weight.
LATHE_DEVICE void weigh(u32 (&a)[4][4], u32 norm) {
#pragma unroll
  for (int k = 0; k < 4; ++k) {
    u32 low, high;  // columns 2t and 2t + 8 of the block, and the next
    load_shared(norm + k * 8, low, high);
    a[k][0] = Numeric<Element>::multiply(a[k][0], low);
    a[k][1] = Numeric<Element>::multiply(a[k][1], low);
    a[k][2] = Numeric<Element>::multiply(a[k][2], high);
    a[k][3] = Numeric<Element>::multiply(a[k][3], high);
  }
}
