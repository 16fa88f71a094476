// SPDX-License-Identifier: Apache-2.0
// The same linear layer for 9 to 64 tokens: tiles of 128 rows, so that the tokens that come with
// the weights stay fewer bytes than these, cut along k so that every multiprocessor has work.
//
// Work: the weight is a row of stages (128 rows x 64 columns, 16 KB), tile after tile. The grid is
// a multiple of the tiles, so that a tile is cut into equal runs of stages, or the other way
// round, a block has whole tiles. One warp copies weights and never waits for the previous kernel,
// three bring the stage's columns of x, eight multiply, 16 rows each. Where blocks share a tile,
// each leaves its sums in `partials`, and the last to arrive adds them in the blocks' order: the
// same bits every time.
//
// Bytes: the weight once, x once a tile from L2. Flops: 2 * tokens a weight. Bound: reading memory.
// Idea: stream-K, Osama et al. 2023 (arXiv 2301.03598).
//
// The prelude gives what epilogue.cuh names.
#pragma once

#include "lathe/kernels/linear/epilogue.cuh"
#include "lathe/kernels/linear/ring.cuh"
#include "lathe/kernels/ptx/copy.cuh"
#include "lathe/kernels/ptx/math.cuh"
#include "lathe/kernels/ptx/mma.cuh"

namespace split {

constexpr int kWarps = 8;  // that multiply
constexpr int kThreads = kWarps * 32;
constexpr int kLoaderThreads = 96;
constexpr u32 kWeightBytes = kWarps * kChunkBytes;  // of a stage
constexpr u32 kRowBytes = 144;                      // of x: 64 columns and a gap
constexpr int kTotal = kTiles * kSteps;

// The stages of one block: whole tiles where blocks are fewer than tiles.
struct Range {
  int begin, end;
  LATHE_DEVICE static Range of(int block) {
    const i64 blocks = gridDim.x;
    if (blocks < kTiles) {
      return {static_cast<int>(kTiles * block / blocks) * kSteps,
              static_cast<int>(kTiles * (block + 1) / blocks) * kSteps};
    }
    return {static_cast<int>(i64{kTotal} * block / blocks),
            static_cast<int>(i64{kTotal} * (block + 1) / blocks)};
  }
};
// The block that streams a stage of a tile that is shared.
LATHE_DEVICE int block_of(int stage) {
  return static_cast<int>((static_cast<i64>(stage + 1) * gridDim.x - 1) / kTotal);
}

// By one warp: lane i < 8 copies the stage's chunk of group i.
LATHE_DEVICE void stream_weights(const Ring& ring, const unsigned char* weight, Range range,
                                 int lane) {
  const u64 policy = policy_evict_first();
  Cursor at;
  for (int stage = range.begin; stage < range.end; ++stage) {
    at.wait_empty(ring);
    if (lane == 0) barrier_arrive_expect(at.full(ring), kWeightBytes);
    const i64 chunk = (static_cast<i64>(stage / kSteps) * kWarps + lane) * kSteps + stage % kSteps;
    if (lane < kWarps) {
      bulk_copy(at.data(ring) + lane * kChunkBytes, weight + chunk * kChunkBytes, kChunkBytes,
                at.full(ring), policy);
    }
    at.next(ring.stages);
  }
}

// Brings the 64 columns of x that go with each stage. Rows of tokens that do not exist stay as they
// are: they reach only sums that nobody stores.
template <int kTokens>
LATHE_DEVICE void stream_x(const Ring& ring, const Parameters& p, Range range, int thread) {
  Cursor at;
  int step = range.begin % kSteps;
  for (int stage = range.begin; stage < range.end; ++stage) {
    at.wait_empty(ring);
    const u32 to = at.data(ring) + kWeightBytes;
#pragma unroll
    for (int i = 0; i < kTokens * 8; i += kLoaderThreads) {
      const int row = (i + thread) / 8, piece = (i + thread) % 8;
      const int column = step * 64 + piece * 8;
      if (row >= p.tokens || row >= kTokens) continue;
      async_copy_16(to + row * kRowBytes + piece * 16,
                    p.x + static_cast<i64>(row) * kColumns + column, column < kColumns);
    }
    async_arrive(at.full(ring));
    at.next(ring.stages);
    if (++step == kSteps) step = 0;
  }
}

// One stage of one warp: 16 rows x 64 columns times kTokenTiles groups of 8 tokens.
template <int kTokenTiles>
LATHE_DEVICE void multiply(float (&sums)[kTokenTiles][4], u32 weight, u32 x) {
  u32 a[4][4];
#pragma unroll
  for (int k = 0; k < 4; ++k) load_shared(weight + k * 512, a[k]);
#pragma unroll
  for (int tile = 0; tile < kTokenTiles; ++tile) {
    u32 low[4], high[4];  // columns 0-31 and 32-63
    load_matrix(x + tile * 8 * kRowBytes, low);
    load_matrix(x + tile * 8 * kRowBytes + 64, high);
    mma_16x8x16<Element>(sums[tile], a[0], low[0], low[1]);
    mma_16x8x16<Element>(sums[tile], a[1], low[2], low[3]);
    mma_16x8x16<Element>(sums[tile], a[2], high[0], high[1]);
    mma_16x8x16<Element>(sums[tile], a[3], high[2], high[3]);
  }
}

// Lane (g, t) of a warp has rows g and g + 8 of its 16, tokens 2t and 2t + 1 of each tile of 8.
template <int kTokenTiles>
LATHE_DEVICE void store(const Parameters& p, const float (&sums)[kTokenTiles][4], int group) {
  const int lane = threadIdx.x % 32, g = lane / 4;
#pragma unroll
  for (int i = 0; i < kTokenTiles * 2; ++i) {
    const int token = i / 2 * 8 + lane % 4 * 2 + i % 2;
    if (token >= p.tokens) continue;
    const float first = sums[i / 2][i % 2], second = sums[i / 2][2 + i % 2];
    const int row = group * (kGated ? 8 : 16) + g;
    if (row >= kRows) continue;
    const float value = kGated ? gated(p, first, second, row) : activated(p, first, row);
    store_value(p, token, row, value + residual_of(p, token, row));
    if (kGated || row + 8 >= kRows) continue;
    store_value(p, token, row + 8, activated(p, second, row + 8) + residual_of(p, token, row + 8));
  }
}

// Where block `block` leaves its sums of a tile: it has at most two that it shares, its first and
// its last.
template <int kTokenTiles>
LATHE_DEVICE Vec4* partial_of(const Parameters& p, int block, int tile) {
  const int which = Range::of(block).begin / kSteps == tile ? 0 : 1;
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const i64 index = (static_cast<i64>(block) * 2 + which) * kWarps + warp;
  return reinterpret_cast<Vec4*>(p.partials) + index * kTokenTiles * 32 + lane;
}

LATHE_DEVICE void add(float (&sum)[4], Vec4 v) {
  sum[0] += __uint_as_float(v.x);
  sum[1] += __uint_as_float(v.y);
  sum[2] += __uint_as_float(v.z);
  sum[3] += __uint_as_float(v.w);
}

// The sums of blocks first … last of a tile, added in order.
template <int kTokenTiles>
LATHE_DEVICE void gather(const Parameters& p, int tile, int first, int last,
                         float (&sums)[kTokenTiles][4]) {
  constexpr int kBatch = 16 / kTokenTiles;  // whose loads are under way at once
#pragma unroll
  for (int j = 0; j < kTokenTiles; ++j) sums[j][0] = sums[j][1] = sums[j][2] = sums[j][3] = 0;
  for (int begin = first; begin <= last; begin += kBatch) {
    Vec4 loaded[kBatch][kTokenTiles];
#pragma unroll
    for (int i = 0; i < kBatch; ++i) {
      if (begin + i > last) continue;
      const Vec4* from = partial_of<kTokenTiles>(p, begin + i, tile);
#pragma unroll
      for (int j = 0; j < kTokenTiles; ++j) loaded[i][j] = load_l2(from + j * 32);
    }
#pragma unroll
    for (int i = 0; i < kBatch; ++i) {
      if (begin + i > last) continue;
#pragma unroll
      for (int j = 0; j < kTokenTiles; ++j) add(sums[j], loaded[i][j]);
    }
  }
}

// A warp's 16 rows of a tile are summed as far as this block goes: store them, or leave them for
// the last of the blocks that share the tile.
template <int kTokenTiles>
LATHE_DEVICE void finish(const Parameters& p, int tile, float (&sums)[kTokenTiles][4]) {
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, group = tile * kWarps + warp;
  const bool shared = gridDim.x > kTiles;
  const int first = block_of(tile * kSteps), last = block_of(tile * kSteps + kSteps - 1);
  if (shared && first != last) {
    Vec4* to = partial_of<kTokenTiles>(p, blockIdx.x, tile);
#pragma unroll
    for (int j = 0; j < kTokenTiles; ++j) {
      to[j * 32] = {__float_as_uint(sums[j][0]), __float_as_uint(sums[j][1]),
                    __float_as_uint(sums[j][2]), __float_as_uint(sums[j][3])};
    }
    if (!last_to_arrive(p.counters + group, last - first + 1, lane)) return;
    gather<kTokenTiles>(p, tile, first, last, sums);
  }
  store<kTokenTiles>(p, sums, group);
}

template <int kTokenTiles>
LATHE_DEVICE void consume(const Ring& ring, const Parameters& p, Range range) {
  const u32 warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const u32 weight = warp * kChunkBytes + lane * 16;
  const u32 x = kWeightBytes + lane % 8 * kRowBytes + lane / 8 * 16;
  float sums[kTokenTiles][4] = {};
  int tile = range.begin / kSteps, step = range.begin % kSteps;
  Cursor at;
  for (int stage = range.begin; stage < range.end; ++stage) {
    at.wait_full(ring);
    multiply<kTokenTiles>(sums, at.data(ring) + weight, at.data(ring) + x);
    __syncwarp();
    if (lane == 0) at.release(ring);
    at.next(ring.stages);
    if (++step < kSteps && stage + 1 < range.end) continue;
    finish<kTokenTiles>(p, tile, sums);
#pragma unroll
    for (int j = 0; j < kTokenTiles; ++j) sums[j][0] = sums[j][1] = sums[j][2] = sums[j][3] = 0;
    step = 0;
    ++tile;
  }
}

template <int kTokens>
LATHE_DEVICE void run(const Parameters& p) {
  extern __shared__ __align__(128) unsigned char shared[];
  const Ring ring = Ring::make(shared_address(shared), kWeightBytes + kTokens * kRowBytes, p.stages,
                               1 + kLoaderThreads, kWarps);
  const Range range = Range::of(blockIdx.x);
  launch_dependents();
  if (threadIdx.x >= kThreads + kLoaderThreads) {
    stream_weights(ring, p.weight, range, threadIdx.x % 32);
    return;
  }
  wait_for_predecessor();
  if (threadIdx.x >= kThreads) {
    stream_x<kTokens>(ring, p, range, static_cast<int>(threadIdx.x) - kThreads);
  } else {
    consume<kTokens / 8>(ring, p, range);
  }
}

}  // namespace split

extern "C" __global__ void __launch_bounds__(384, 1)
    linear_split_16(const __grid_constant__ Parameters p) {
  split::run<16>(p);
}
extern "C" __global__ void __launch_bounds__(384, 1)
    linear_split_32(const __grid_constant__ Parameters p) {
  split::run<32>(p);
}
extern "C" __global__ void __launch_bounds__(384, 1)
    linear_split_64(const __grid_constant__ Parameters p) {
  split::run<64>(p);
}
