// SPDX-License-Identifier: Apache-2.0
// Rotary embedding of every head of every token.
//
// Work: a block a token. Bytes: x and y once. Bound: memory; for few tokens latency.
//
// The prelude gives what rotation.cuh names, and kHeads.
#pragma once

#include "lathe/kernels/ptx/sync.cuh"
#include "lathe/kernels/rope/rotation.cuh"

struct RopeParameters {
  const Element* x;  // [tokens, kHeads, kHeadDim]
  const i32* positions;
  const i32* lengths;  // [tokens], or null
  Element* y;
};

extern "C" __global__ void __launch_bounds__(256)
    rope_any(const __grid_constant__ RopeParameters p) {
  __shared__ float2 rotation[kRotary / 2 + 1];
  launch_dependents();
  wait_for_predecessor();
  const i64 token = blockIdx.x, row = token * kHeads * kHeadDim;
  make_rotation(rotation, p.positions[token], p.lengths == nullptr ? 0 : p.lengths[token]);
  __syncthreads();
  for (int i = threadIdx.x; i < kHeads * kHeadItems; i += 256) {
    const i64 head = row + i / kHeadItems * kHeadDim;
    rotate_item(p.x + head, p.y + head, i % kHeadItems, rotation);
  }
}
