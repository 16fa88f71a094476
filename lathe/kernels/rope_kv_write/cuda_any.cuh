// SPDX-License-Identifier: Apache-2.0
// Rotary embedding of a token's queries and keys, and the write of keys and values into the paged
// cache. A token at a negative position is no token: its queries become zeros.
//
// Work: a block a token. Bytes: qkv once, y and the cache's rows once. Bound: memory; for few
// tokens latency.
//
// The prelude gives what rope/rotation.cuh and kv_write/paged.cuh name, and kHeads.
#pragma once

#include "lathe/kernels/kv_write/paged.cuh"
#include "lathe/kernels/ptx/sync.cuh"
#include "lathe/kernels/rope/rotation.cuh"

struct RopeKvWriteParameters {
  const Element* qkv;  // [tokens, (kHeads + 2 kKvHeads) * kHeadDim]
  const i32* positions;
  const i32* cu_q_lengths;
  const i32* tables;
  const i32* lengths;  // [tokens], or null
  Element* keys;
  Element* values;
  Element* y;  // [tokens, kHeads, kHeadDim]
  int table_width, sequences;
};

extern "C" __global__ void __launch_bounds__(256)
    rope_kv_write(const __grid_constant__ RopeKvWriteParameters p) {
  __shared__ float2 rotation[kRotary / 2 + 1];
  launch_dependents();
  wait_for_predecessor();
  const i64 token = blockIdx.x;
  const int position = p.positions[token];
  Element* y = p.y + token * kHeads * kHeadDim;
  if (position < 0) {
    for (int i = threadIdx.x; i < kHeads * kHeadDim; i += 256) y[i] = Numeric<Element>::store(0);
    return;
  }
  const int sequence = sequence_of(p, static_cast<int>(token));
  make_rotation(rotation, position, p.lengths == nullptr ? 0 : p.lengths[token]);
  __syncthreads();
  const Element* qkv = p.qkv + token * (kHeads + 2 * kKvHeads) * kHeadDim;
  for (int i = threadIdx.x; i < (kHeads + kKvHeads) * kHeadItems; i += 256) {
    const int head = i / kHeadItems;
    Element* to = head < kHeads ? y + head * kHeadDim
                                : p.keys + cache_row(p, sequence, head - kHeads, position);
    rotate_item(qkv + head * kHeadDim, to, i % kHeadItems, rotation);
  }
  const Element* values = qkv + (kHeads + kKvHeads) * kHeadDim;
  for (int i = threadIdx.x; i < kKvHeads * kHeadDim; i += 256) {
    p.values[cache_row(p, sequence, i / kHeadDim, position) + i % kHeadDim] = values[i];
  }
}
