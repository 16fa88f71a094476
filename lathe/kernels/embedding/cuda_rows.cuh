// SPDX-License-Identifier: Apache-2.0
// y[t] = table[ids[t]], converted; an id outside the table gives NaN, never a read outside.
//
// Work: a block a token. Bytes: the picked rows and y once. Bound: latency of two dependent loads.
//
// The prelude gives: Table, Output.
#pragma once

#include "lathe/kernels/ptx/index.cuh"
#include "lathe/kernels/ptx/sync.cuh"

struct EmbeddingParameters {
  const i32* ids;      // [tokens]
  const Table* table;  // [vocab, hidden]
  Output* y;           // [tokens, hidden]
  i64 vocab, hidden;
};

extern "C" __global__ void __launch_bounds__(256)
    embedding(const __grid_constant__ EmbeddingParameters p) {
  launch_dependents();
  wait_for_predecessor();
  const i64 id = p.ids[blockIdx.x];
  const bool known = id >= 0 && id < p.vocab;
  const Table* row = p.table + (known ? id : 0) * p.hidden;
  Output* y = p.y + blockIdx.x * p.hidden;
  for (i64 i = threadIdx.x; i < p.hidden; i += 256) {
    const float value = known ? Numeric<Table>::load(row[i]) : __uint_as_float(0x7fffffff);
    y[i] = Numeric<Output>::store(value);
  }
}
