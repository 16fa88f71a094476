// SPDX-License-Identifier: Apache-2.0
// Attention over the paged cache for heads of any size: correct everywhere, fast nowhere.
//
// Work: block (token, query head); its four warps take the visible pieces of 32 keys in turn. A
// lane scores a key, then has every 32nd column of the weighted values; an online softmax a warp,
// the warps merge in order at the end. All in f32. Bytes: keys and values once a query head.
// Bound: latency of loads.
//
// The prelude gives: Element; kHeads, kKvHeads, kHeadDim, kBlock; what scores.cuh names.
#pragma once

#include "lathe/kernels/kv_write/paged.cuh"
#include "lathe/kernels/paged_attention/scores.cuh"
#include "lathe/kernels/ptx/sync.cuh"

struct PagedAttentionParameters {
  const Element* q;         // [tokens, kHeads, kHeadDim]
  const i32* cu_q_lengths;  // [sequences + 1]
  const i32* lengths;       // [sequences], with the step's tokens; 0 = no sequence
  const i32* tables;        // [sequences, table_width]
  const Element* keys;      // [blocks, kKvHeads, kBlock, kHeadDim]
  const Element* values;
  Element* y;  // [tokens, kHeads, kHeadDim]
  int table_width, sequences;
};

namespace any_attention {

constexpr int kWarps = 4;
constexpr int kPiece = 32;                      // keys
constexpr int kColumns = (kHeadDim + 31) / 32;  // of a lane

struct Query {
  int sequence, kv_head, head, position;
  int last;  // token that it may see
};

// What a warp, or all of them, have summed.
struct Sums {
  float out[kColumns] = {};
  float maximum = kNegative, sum = 0;
  LATHE_DEVICE void rescale(float joint) {
    const float by = exp2_fast(maximum - joint);
    maximum = joint;
    sum *= by;
#pragma unroll
    for (int i = 0; i < kColumns; ++i) out[i] *= by;
  }
};

// The product of the query (in shared memory) and one key.
LATHE_DEVICE float product(const float* query, const Element* key) {
  float sum = 0;
#pragma unroll 16
  for (int d = 0; d < kHeadDim; ++d) sum += query[d] * Numeric<Element>::load(key[d]);
  return sum;
}

// Tokens first … first + 31 of the sequence, one a lane.
LATHE_DEVICE void add_piece(const PagedAttentionParameters& p, const Query& q, const float* query,
                            int first, Sums& sums) {
  const int lane = threadIdx.x % 32, token = first + lane;
  const bool real = token <= q.last;
  const i64 row = cache_row(p, q.sequence, q.kv_head, real ? token : first);
  const float score =
      real ? visible_score(product(query, p.keys + row), token, q.position, q.head) : kNegative;
  sums.rescale(fmaxf(sums.maximum, warp_max(score)));
  const float weight = exp2_fast(score - sums.maximum);
  sums.sum += warp_sum(weight);
#pragma unroll 2
  for (int i = 0; i < kPiece; ++i) {  // those that are not real weigh nothing
    const Element* value = p.values + __shfl_sync(~0u, row, i);
    const float by = __shfl_sync(~0u, weight, i);
#pragma unroll
    for (int c = 0; c < kColumns; ++c) {
      const int column = c * 32 + lane;
      if (column < kHeadDim) sums.out[c] += by * Numeric<Element>::load(value[column]);
    }
  }
}

struct Shared {
  float query[kHeadDim];
  float out[kWarps][kColumns * 32];
  float maxima[kWarps], sums[kWarps];
};

LATHE_DEVICE void share(const Sums& sums, Shared& shared) {
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
#pragma unroll
  for (int c = 0; c < kColumns; ++c) shared.out[warp][c * 32 + lane] = sums.out[c];
  if (lane == 0) {
    shared.maxima[warp] = sums.maximum;
    shared.sums[warp] = sums.sum;
  }
}

LATHE_DEVICE float joined(const Shared& shared, int column) {
  float maximum = shared.maxima[0], sum = 0, out = 0;
#pragma unroll
  for (int warp = 1; warp < kWarps; ++warp) maximum = fmaxf(maximum, shared.maxima[warp]);
#pragma unroll
  for (int warp = 0; warp < kWarps; ++warp) {
    const float by = exp2_fast(shared.maxima[warp] - maximum);
    sum += by * shared.sums[warp];
    out += by * shared.out[warp][column];
  }
  return out / sum;
}

}  // namespace any_attention

extern "C" __global__ void __launch_bounds__(128)
    paged_attention_any(const __grid_constant__ PagedAttentionParameters p) {
  using namespace any_attention;
  __shared__ Shared shared;
  launch_dependents();
  wait_for_predecessor();
  const int token = blockIdx.x, head = blockIdx.y, sequence = sequence_of(p, token);
  const int length = p.lengths[sequence];
  const int behind = p.cu_q_lengths[sequence + 1] - token;  // tokens of the step, this one included
  const i64 row = (static_cast<i64>(token) * kHeads + head) * kHeadDim;
  for (int d = threadIdx.x; d < kHeadDim; d += 128) {
    shared.query[d] = Numeric<Element>::load(p.q[row + d]);
  }
  __syncthreads();
  const int position = length - behind;
  const Query query{sequence, head / (kHeads / kKvHeads), head, position,
                    kCausal ? position : length - 1};
  const auto pieces = Visible<kPiece>::of(query.position, query.last);
  Sums sums;
  for (int i = threadIdx.x / 32; i < pieces.count; i += kWarps) {
    add_piece(p, query, shared.query, pieces.first_token(i), sums);
  }
  share(sums, shared);
  __syncthreads();
  for (int d = threadIdx.x; d < kHeadDim; d += 128) {
    p.y[row + d] = Numeric<Element>::store(length > 0 ? joined(shared, d) : 0);
  }
}
