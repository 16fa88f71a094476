// SPDX-License-Identifier: Apache-2.0
// Fast scalar functions and reductions inside a warp.
#pragma once

#include "lathe/kernels/ptx/types.cuh"

LATHE_DEVICE float exp2_fast(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
LATHE_DEVICE float exp_fast(float x) { return exp2_fast(x * 1.4426950408889634f); }
LATHE_DEVICE float tanh_exact(float x) {  // not tanh.approx: its 2^-11 shows in logits
  const float e = exp_fast(-2 * fabsf(x));
  return copysignf((1 - e) / (1 + e), x);
}
LATHE_DEVICE float silu(float x) { return x / (1 + exp_fast(-x)); }
LATHE_DEVICE float gelu_tanh(float x) {
  return 0.5f * x * (1 + tanh_exact(0.7978845608028654f * (x + 0.044715f * x * x * x)));
}

LATHE_DEVICE float gelu_erf(float x) { return 0.5f * x * (1 + erff(x * 0.7071067811865475f)); }

LATHE_DEVICE float warp_sum(float x) {
#pragma unroll
  for (int offset = 16; offset > 0; offset /= 2) x += __shfl_xor_sync(~0u, x, offset);
  return x;
}
LATHE_DEVICE float warp_max(float x) {
#pragma unroll
  for (int offset = 16; offset > 0; offset /= 2) x = fmaxf(x, __shfl_xor_sync(~0u, x, offset));
  return x;
}
// Over the four lanes that share a row of an accumulator fragment.
LATHE_DEVICE float quad_sum(float x) {
  x += __shfl_xor_sync(~0u, x, 1);
  return x + __shfl_xor_sync(~0u, x, 2);
}
LATHE_DEVICE float quad_max(float x) {
  x = fmaxf(x, __shfl_xor_sync(~0u, x, 1));
  return fmaxf(x, __shfl_xor_sync(~0u, x, 2));
}
