// SPDX-License-Identifier: Apache-2.0
// The context phase, and mixed steps: rotation and cache write of every token, then attention of
// the step's queries over the paged cache.
//
// rotate_and_write: a block a token. Bytes: qkv once, queries, keys and values once. Bound: memory.
//
// context: block (tile of 64 queries of one sequence, head); four warps of 16 queries share tiles
// of 64 keys and values in shared memory, the next tile on its way by asynchronous copies. Scores
// and sums in fp32, weights rounded to the element type; only tiles at a boundary are masked.
// Flops: 4 * head_dim a visible pair. Bound: tensor cores by mma.sync, about half of what wgmma
// gives. Resources: 5 * 64 * (2 * head_dim + 16) bytes of shared memory. Idea: FlashAttention-2,
// Dao 2023 (arXiv 2307.08691).
//
// The prelude gives what cuda_generation.cuh names.
#pragma once

#include "lathe/kernels/paged_attention/scores.cuh"
#include "lathe/kernels/ptx/copy.cuh"
#include "lathe/kernels/ptx/math.cuh"
#include "lathe/kernels/ptx/mma.cuh"
#include "lathe/kernels/rope/rotation.cuh"
#include "lathe/kernels/rope_paged_attention/step.cuh"

namespace context {

constexpr int kThreads = 128;
constexpr int kTile = 64;  // queries, and keys
constexpr int kRowChunks = kHeadDim / 8;
constexpr u32 kRowBytes = kHeadDim * 2 + 16;
constexpr u32 kTileBytes = kTile * kRowBytes;
constexpr int kGroup = kHeads / kKvHeads;
constexpr int kColumnTiles = kHeadDim / 8;  // of 8 columns of the result

LATHE_DEVICE void rotate_and_write(const Parameters& p) {
  __shared__ float2 rotation[kRotary / 2 + 1];
  launch_dependents();
  const int token = blockIdx.x, position = p.positions[token];
  const int sequence = sequence_of(p, token);
  make_rotation(rotation, position);
  wait_for_predecessor();
  __syncthreads();
  const Element* qkv = p.qkv + static_cast<i64>(token) * kTokenStride;
  const i64 row = cache_row(p, sequence, 0, position);
  for (int i = threadIdx.x; i < (kHeads + kKvHeads) * (kHeadDim / 2); i += kThreads) {
    const int head = i / (kHeadDim / 2), pair = i % (kHeadDim / 2);
    Element* to = head < kHeads
                      ? p.queries + (static_cast<i64>(token) * kHeads + head) * kHeadDim
                      : p.keys + row + static_cast<i64>(head - kHeads) * kBlock * kHeadDim;
    rotate(qkv + head * kHeadDim, to, pair, rotation);
  }
  const Element* values = qkv + (kHeads + kKvHeads) * kHeadDim;
  for (int i = threadIdx.x; i < kKvHeads * kRowChunks; i += kThreads) {
    Element* to = p.values + row + static_cast<i64>(i / kRowChunks) * kBlock * kHeadDim;
    reinterpret_cast<Vec4*>(to)[i % kRowChunks] = reinterpret_cast<const Vec4*>(values)[i];
  }
}

// A tile of queries.
struct Task {
  int sequence;  // -1: there is no such tile
  int head;
  int first, rows;  // tokens of the step
  int position;     // of the first
  int length;       // of the sequence
};

// Tile `index` of all sequences' tiles in order, found 32 sequences at a time.
LATHE_DEVICE Task find_task(const Parameters& p, int index) {
  const int lane = threadIdx.x % 32;
  for (int begin = 0; begin < p.sequences; begin += 32) {
    const int sequence = begin + lane;
    const bool real = sequence < p.sequences;
    const int first = real ? p.cu_q_lengths[sequence] : 0;
    const int rows = real ? p.cu_q_lengths[sequence + 1] - first : 0;
    int sum = (rows + kTile - 1) / kTile;
    const int tiles = sum;
#pragma unroll
    for (int offset = 1; offset < 32; offset *= 2) {
      const int other = __shfl_up_sync(~0u, sum, offset);
      if (lane >= offset) sum += other;
    }
    const u32 found = __ballot_sync(~0u, sum > index);
    if (found == 0) {
      index -= __shfl_sync(~0u, sum, 31);
      continue;
    }
    const int owner = __ffs(found) - 1;
    const int skipped = (index - __shfl_sync(~0u, sum - tiles, owner)) * kTile;
    const int begin_row = __shfl_sync(~0u, first, owner), count = __shfl_sync(~0u, rows, owner);
    const int length = p.lengths[begin + owner];
    const int left = count - skipped;
    return {begin + owner,
            static_cast<int>(blockIdx.y),
            begin_row + skipped,
            left < kTile ? left : kTile,
            length - count + skipped,
            length};
  }
  return {-1, 0, 0, 0, 0, 0};
}

LATHE_DEVICE void load_queries(const Parameters& p, const Task& task, u32 to) {
  for (int i = threadIdx.x; i < kTile * kRowChunks; i += kThreads) {
    const int row = i / kRowChunks, chunk = i % kRowChunks;
    const i64 token = task.first + (row < task.rows ? row : 0);
    const Element* from = p.queries + (token * kHeads + task.head) * kHeadDim + chunk * 8;
    async_copy_16(to + row * kRowBytes + chunk * 16, from, row < task.rows);
  }
}

// Keys and values of tokens first … first + 63; beyond the sequence: zeros.
LATHE_DEVICE void load_tile(const Parameters& p, const Task& task, int first, u32 keys,
                            u32 values) {
  const int kv_head = task.head / kGroup;
  for (int i = threadIdx.x; i < kTile * kRowChunks; i += kThreads) {
    const int row = i / kRowChunks, chunk = i % kRowChunks;
    const bool real = first + row < task.length;
    const i64 from = cache_row(p, task.sequence, kv_head, real ? first + row : 0) + chunk * 8;
    const u32 offset = row * kRowBytes + chunk * 16;
    async_copy_16(keys + offset, p.keys + from, real);
    async_copy_16(values + offset, p.values + from, real);
  }
}

// Lane (g, t): rows g and g + 8 of the warp's 16 queries.
struct Accumulator {
  float out[kColumnTiles][4] = {};
  float maximum[2] = {kNegative, kNegative};
  float sum[2] = {0, 0};
};

using Scores = float[kTile / 8][4];

LATHE_DEVICE void score(Scores& scores, u32 queries, u32 keys) {
  const int lane = threadIdx.x % 32;
  const u32 q = queries + lane % 16 * kRowBytes + lane / 16 * 16;
  const u32 k = keys + (lane / 16 * 8 + lane % 8) * kRowBytes + lane / 8 % 2 * 16;
#pragma unroll
  for (int d = 0; d < kHeadDim / 16; ++d) {
    u32 a[4];
    load_matrix(q + d * 32, a);
#pragma unroll
    for (int tile = 0; tile < kTile / 8; tile += 2) {
      u32 b[4];
      load_matrix(k + tile * 8 * kRowBytes + d * 32, b);
      mma_16x8x16<Element>(scores[tile], a, b[0], b[1]);
      mma_16x8x16<Element>(scores[tile + 1], a, b[2], b[3]);
    }
  }
}

template <bool kMasked>
LATHE_DEVICE void mask(Scores& scores, const Task& task, int first_token) {
  const int lane = threadIdx.x % 32, row = threadIdx.x / 32 * 16 + lane / 4;
#pragma unroll
  for (int tile = 0; tile < kTile / 8; ++tile) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int token = first_token + tile * 8 + lane % 4 * 2 + i % 2;
      const int position = task.position + row + i / 2 * 8;
      scores[tile][i] = kMasked ? visible_score(scores[tile][i], token, position, task.head)
                                : plain_score(scores[tile][i], token, position, task.head);
    }
  }
}

LATHE_DEVICE void soften(Scores& scores, Accumulator& acc) {
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    float maximum = acc.maximum[half];
#pragma unroll
    for (int tile = 0; tile < kTile / 8; ++tile) {
      maximum = fmaxf(maximum, fmaxf(scores[tile][half * 2], scores[tile][half * 2 + 1]));
    }
    maximum = quad_max(maximum);
    const float rescale = exp2_fast(acc.maximum[half] - maximum);
    acc.maximum[half] = maximum;
    acc.sum[half] *= rescale;
#pragma unroll
    for (int tile = 0; tile < kTile / 8; ++tile) {
#pragma unroll
      for (int i = half * 2; i < half * 2 + 2; ++i) {
        scores[tile][i] = exp2_fast(scores[tile][i] - maximum);
        acc.sum[half] += scores[tile][i];
      }
    }
#pragma unroll
    for (int tile = 0; tile < kColumnTiles; ++tile) {
      acc.out[tile][half * 2] *= rescale;
      acc.out[tile][half * 2 + 1] *= rescale;
    }
  }
}

LATHE_DEVICE void weigh_values(const Scores& weights, Accumulator& acc, u32 values) {
  const int lane = threadIdx.x % 32;
  const u32 v = values + lane % 16 * kRowBytes + lane / 16 * 16;
#pragma unroll
  for (int k = 0; k < kTile / 16; ++k) {
    const float(&low)[4] = weights[k * 2];
    const float(&high)[4] = weights[k * 2 + 1];
    const u32 a[4] = {
        Numeric<Element>::pack(low[0], low[1]), Numeric<Element>::pack(low[2], low[3]),
        Numeric<Element>::pack(high[0], high[1]), Numeric<Element>::pack(high[2], high[3])};
#pragma unroll
    for (int tile = 0; tile < kColumnTiles; tile += 2) {
      u32 b[4];
      load_matrix_transposed(v + k * 16 * kRowBytes + tile * 16, b);
      mma_16x8x16<Element>(acc.out[tile], a, b[0], b[1]);
      mma_16x8x16<Element>(acc.out[tile + 1], a, b[2], b[3]);
    }
  }
}

LATHE_DEVICE void store(const Parameters& p, const Task& task, const Accumulator& acc) {
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    const int row = warp * 16 + lane / 4 + half * 8;
    const float by = 1 / quad_sum(acc.sum[half]);
    if (row >= task.rows) continue;
    const i64 token = task.first + row;
    u32* y = reinterpret_cast<u32*>(p.y + (token * kHeads + task.head) * kHeadDim) + lane % 4;
#pragma unroll
    for (int tile = 0; tile < kColumnTiles; ++tile) {
      y[tile * 4] =
          Numeric<Element>::pack(acc.out[tile][half * 2] * by, acc.out[tile][half * 2 + 1] * by);
    }
  }
}

// True where every query of the tile sees all 64 tokens.
LATHE_DEVICE bool all_visible(const Task& task, int first_token) {
  const int last_position = task.position + kTile - 1;
  const bool in_window = kWindow == 0 || last_position - first_token < kWindow;
  return first_token + kTile - 1 <= task.position && in_window;
}

LATHE_DEVICE void attend(const Parameters& p) {
  extern __shared__ __align__(128) unsigned char shared[];
  launch_dependents();
  const Task task = find_task(p, blockIdx.x);
  wait_for_predecessor();
  if (task.sequence < 0) return;
  const u32 queries = shared_address(shared), tiles = queries + kTileBytes;
  const auto visible = Visible<kTile>::of(task.position, task.position + task.rows - 1);
  load_queries(p, task, queries);
  load_tile(p, task, visible.first_token(0), tiles, tiles + kTileBytes);
  async_commit();
  Accumulator acc;
  for (int i = 0; i < visible.count; ++i) {
    const u32 keys = tiles + i % 2 * 2 * kTileBytes, next = tiles + (i + 1) % 2 * 2 * kTileBytes;
    if (i + 1 < visible.count)
      load_tile(p, task, visible.first_token(i + 1), next, next + kTileBytes);
    async_commit();
    async_wait<1>();
    __syncthreads();
    const int first_token = visible.first_token(i);
    Scores scores = {};
    score(scores, queries + threadIdx.x / 32 * 16 * kRowBytes, keys);
    if (all_visible(task, first_token)) {
      mask<false>(scores, task, first_token);
    } else {
      mask<true>(scores, task, first_token);
    }
    soften(scores, acc);
    weigh_values(scores, acc, keys + kTileBytes);
    __syncthreads();
  }
  store(p, task, acc);
}

}  // namespace context

extern "C" __global__ void __launch_bounds__(context::kThreads)
    rotate_and_write(const __grid_constant__ Parameters p) {
  context::rotate_and_write(p);
}
extern "C" __global__ void __launch_bounds__(context::kThreads)
    context_attention(const __grid_constant__ Parameters p) {
  context::attend(p);
}
