// SPDX-License-Identifier: Apache-2.0
// The way of a step's tokens through the block tables. Parameters have cu_q_lengths [sequences +
// 1], tables [sequences, table_width] and sequences.
//
// The prelude gives: kKvHeads, kHeadDim, kBlock.
#pragma once

#include "lathe/kernels/ptx/types.cuh"

// First element of a token's row in the cache [blocks, kKvHeads, kBlock, kHeadDim].
template <class Parameters>
LATHE_DEVICE i64 cache_row(const Parameters& p, int sequence, int kv_head, int token) {
  const i64 block = p.tables[static_cast<i64>(sequence) * p.table_width + token / kBlock];
  return ((block * kKvHeads + kv_head) * kBlock + token % kBlock) * kHeadDim;
}

// The sequence that owns token `token` of the step.
template <class Parameters>
LATHE_DEVICE int sequence_of(const Parameters& p, int token) {
  int low = 0, high = p.sequences;
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    if (p.cu_q_lengths[middle] <= token) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}
