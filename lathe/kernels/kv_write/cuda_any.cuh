// SPDX-License-Identifier: Apache-2.0
// Keys and values of the step's tokens into the paged cache. A token at a negative position is no
// token.
//
// Work: a block a token. Bytes: both once, twice over. Bound: memory; for few tokens latency.
//
// The prelude gives: Element; kKvHeads, kHeadDim, kBlock.
#pragma once

#include "lathe/kernels/kv_write/paged.cuh"
#include "lathe/kernels/ptx/sync.cuh"

struct KvWriteParameters {
  const Element* k;  // [tokens, kKvHeads, kHeadDim]
  const Element* v;
  const i32* positions;
  const i32* cu_q_lengths;
  const i32* tables;
  Element* keys;
  Element* values;
  int table_width, sequences;
};

extern "C" __global__ void __launch_bounds__(256)
    kv_write(const __grid_constant__ KvWriteParameters p) {
  launch_dependents();
  wait_for_predecessor();
  const int token = blockIdx.x, position = p.positions[token];
  if (position < 0) return;
  const int sequence = sequence_of(p, token);
  const i64 row = static_cast<i64>(token) * kKvHeads * kHeadDim;
  for (int i = threadIdx.x; i < kKvHeads * kHeadDim; i += 256) {
    const i64 to = cache_row(p, sequence, i / kHeadDim, position) + i % kHeadDim;
    p.keys[to] = p.k[row + i];
    p.values[to] = p.v[row + i];
  }
}
