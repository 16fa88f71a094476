// SPDX-License-Identifier: Apache-2.0
// y[t] = table[ids[t]], converted; an id outside the table gives NaN, never a read outside.
//
// Work: a thread eight elements of a token's row in 16-byte accesses, or one where sizes or
// addresses do not allow that. Bytes: the picked rows and y once. Bound: latency of two dependent
// loads. The kernel behind this one begins with megabytes of weights, which these loads would queue
// up behind: it is launched once they have come.
//
// The prelude gives: Table, Output.
#pragma once

#include "lathe/kernels/ptx/sync.cuh"
#include "lathe/kernels/ptx/values.cuh"

struct EmbeddingParameters {
  const i32* ids;      // [tokens]
  const Table* table;  // [vocab, hidden]
  Output* y;           // [tokens, hidden]
  i64 vocab, hidden;
};

template <int kCount>
LATHE_DEVICE void embed(const EmbeddingParameters& p, i64 column) {
  const i64 id = p.ids[blockIdx.x];
  float values[kCount];
  if (id >= 0 && id < p.vocab) {
    load_values(p.table + id * p.hidden + column, values);
  } else {
#pragma unroll
    for (int i = 0; i < kCount; ++i) values[i] = __uint_as_float(0x7fffffff);
  }
  store_values(p.y + blockIdx.x * p.hidden + column, values);
}

// Block (t, i): the i-th run of 256 threads' elements of token t.
template <int kCount>
LATHE_DEVICE void embedding(const EmbeddingParameters& p) {
  wait_for_predecessor();
  const i64 column = (blockIdx.y * i64{256} + threadIdx.x) * kCount;
  if (column < p.hidden) embed<kCount>(p, column);
  __syncthreads();  // the first thread to say so speaks for its block
  launch_dependents();
}

extern "C" __global__ void __launch_bounds__(256)
    embedding_1(const __grid_constant__ EmbeddingParameters p) {
  embedding<1>(p);
}
extern "C" __global__ void __launch_bounds__(256)
    embedding_8(const __grid_constant__ EmbeddingParameters p) {
  embedding<8>(p);
}
