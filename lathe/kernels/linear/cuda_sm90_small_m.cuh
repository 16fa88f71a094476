// SPDX-License-Identifier: Apache-2.0
// y = activation(norm(x) W^T + bias) [* up] + residual for 1 to 64 tokens, at the speed of memory.
//
// Work: the packed weight is a row of stages (128 rows x 64 columns, 16 KB: kernels/mma_layout.h),
// tile after tile of 128 rows. Block b of the grid streams the stages [total b / grid, total (b+1)
// / grid) whatever tiles they belong to, so that every multiprocessor reads the same number of
// bytes. One warp copies stages into a ring and never waits for the previous kernel; eight warps,
// 16 rows each, multiply them with the tokens on tensor cores: the weight is the 16-row operand A,
// eight tokens are the columns of B. Where a tile is shared by several blocks, each leaves its sums
// in `partials`, and the last to arrive adds them in the blocks' order: the same bits every time.
// Tokens: up to 8 lie in shared memory, only the columns of the block's own stages (`slots` of 64
// columns), normalised on the way; more (kStreamed) come with each stage through four more warps.
// Bytes: the weight once, x once a block from L2. Flops: 2 * tokens a weight. Bound: reading
// memory. Resources: one block a multiprocessor (ring 112-176 KB), so that the next kernel's ring
// fills where a block ends; 288 or 416 threads. Ideas: stream-K, Osama et al. 2023 (arXiv
// 2301.03598); weights before griddepcontrol.wait as in CUTLASS' example 63; weight as operand A
// for few tokens as in FasterTransformer's successors.
//
// The prelude gives: Element, Output; kTiles, kSteps (64-column stages of a tile), kRows (of y),
// kColumns; kGated, kBias, kResidual, kNormalize, kEps; activate(x).
#pragma once

#include "lathe/kernels/ptx/copy.cuh"
#include "lathe/kernels/ptx/math.cuh"
#include "lathe/kernels/ptx/mma.cuh"

constexpr int kWarps = 8;  // that multiply
constexpr int kThreads = kWarps * 32;
constexpr int kLoaderThreads = 128;     // of x, where it is streamed
constexpr u32 kWeightBytes = 16384;     // of a stage
constexpr u32 kStreamedRowBytes = 144;  // 64 columns and a gap: rows in different banks
constexpr int kMaxStages = 16;
constexpr int kTotal = kTiles * kSteps;

struct Parameters {
  const unsigned char* weight;
  const Element* x;  // [tokens, kColumns]
  const Element* norm;
  const Element* bias;
  const Element* residual;
  Output* y;  // [tokens, kRows]
  float* partials;
  u32* counters;
  int tokens;
  int stages;  // of the ring
  int slots;   // 64-column pieces of x that a block keeps
};

// What one thread block streams.
struct Range {
  int begin, end;
  LATHE_DEVICE static Range of(int block) {
    return {static_cast<int>(static_cast<i64>(kTotal) * block / gridDim.x),
            static_cast<int>(static_cast<i64>(kTotal) * (block + 1) / gridDim.x)};
  }
};
// The block that streams a stage.
LATHE_DEVICE int block_of(int stage) {
  return static_cast<int>((static_cast<i64>(stage + 1) * gridDim.x - 1) / kTotal);
}

struct Ring {
  u32 full, empty, data;  // shared addresses: barriers of 8 bytes, stages
  u32 stage_bytes;
  int stages;
};

// A place in the ring: a stage and the parity of its current use.
struct Cursor {
  int stage = 0;
  u32 parity = 0;
  LATHE_DEVICE void next(int stages) {
    if (++stage == stages) {
      stage = 0;
      parity ^= 1;
    }
  }
};

LATHE_DEVICE void stream_weights(const Ring& ring, const unsigned char* weight, Range range) {
  const u64 policy = policy_evict_first();
  Cursor at;
  for (int stage = range.begin; stage < range.end; ++stage) {
    barrier_wait(ring.empty + at.stage * 8, at.parity ^ 1);
    barrier_arrive_expect(ring.full + at.stage * 8, kWeightBytes);
    bulk_copy(ring.data + at.stage * ring.stage_bytes,
              weight + static_cast<i64>(stage) * kWeightBytes, kWeightBytes,
              ring.full + at.stage * 8, policy);
    at.next(ring.stages);
  }
}

// Brings the 64 columns of x that go with each stage. Rows beyond the tokens stay as they are: they
// reach only sums that nobody stores.
template <int kTokens>
LATHE_DEVICE void stream_x(const Ring& ring, const Parameters& p, Range range, int thread) {
  Cursor at;
  int step = range.begin % kSteps;
  for (int stage = range.begin; stage < range.end; ++stage) {
    barrier_wait(ring.empty + at.stage * 8, at.parity ^ 1);
    const u32 to = ring.data + at.stage * ring.stage_bytes + kWeightBytes;
#pragma unroll
    for (int i = 0; i < kTokens * 8; i += kLoaderThreads) {
      const int row = (i + thread) / 8, chunk = (i + thread) % 8;
      const int column = step * 64 + chunk * 8;
      if (row < p.tokens) {
        async_copy_16(to + row * kStreamedRowBytes + chunk * 16,
                      p.x + static_cast<i64>(row) * kColumns + column, column < kColumns);
      }
    }
    async_arrive(ring.full + at.stage * 8);
    at.next(ring.stages);
    if (++step == kSteps) step = 0;
  }
}

// The sum of squares of each row, over all threads that multiply.
template <int kTokens>
LATHE_DEVICE void inverse_norms(float (&squares)[kTokens], float (*shared)[kTokens]) {
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
#pragma unroll
  for (int token = 0; token < kTokens; ++token) {
    const float sum = warp_sum(squares[token]);
    if (lane == 0) shared[warp][token] = sum;
  }
  named_barrier(1, kThreads);
#pragma unroll
  for (int token = 0; token < kTokens; ++token) {
    float sum = 0;
#pragma unroll
    for (int i = 0; i < kWarps; ++i) sum += shared[i][token];
    squares[token] = rsqrtf(sum / kColumns + kEps);
  }
}

constexpr int kChunks = kSteps * 8;  // of 8 columns, in a row of x
constexpr int kChunksEach = (kChunks + kThreads - 1) / kThreads;

// Shared memory holds columns slot after slot of 64, beginning with the block's first stage.
struct Chunk {
  int in_slots;  // its place there
  int in_row;
  LATHE_DEVICE static Chunk of(int i, int first_step) {
    const int place = static_cast<int>(threadIdx.x) + i * kThreads;
    return {place, (first_step + place / 8) % kSteps * 8 + place % 8};
  }
  LATHE_DEVICE Vec4 load(const Element* row) const {
    return in_row * 8 < kColumns ? load_l2(reinterpret_cast<const Vec4*>(row + in_row * 8))
                                 : Vec4{};
  }
};

LATHE_DEVICE float square_sum(Vec4 v) {
  float sum = 0;
  const u32 words[4] = {v.x, v.y, v.z, v.w};
#pragma unroll
  for (u32 word : words) {
    const float a = Numeric<Element>::low(word), b = Numeric<Element>::high(word);
    sum += a * a + b * b;
  }
  return sum;
}
LATHE_DEVICE u32 scaled(u32 pair, float by, u32 weight) {
  return Numeric<Element>::pack(Numeric<Element>::low(pair) * by * Numeric<Element>::low(weight),
                                Numeric<Element>::high(pair) * by * Numeric<Element>::high(weight));
}
LATHE_DEVICE Vec4 scaled(Vec4 v, float by, Vec4 weight) {
  return {scaled(v.x, by, weight.x), scaled(v.y, by, weight.y), scaled(v.z, by, weight.z),
          scaled(v.w, by, weight.w)};
}

struct SharedX {
  unsigned char* data;
  u32 row_bytes;
  int first_step;
};

// Brings the block's columns of tokens first … first + kTokens - 1; all their loads are under way
// at once. Tokens that do not exist stay as they are: they reach only sums that nobody stores.
template <int kTokens, bool kNorm>
LATHE_DEVICE void load_tokens(const Parameters& p, const SharedX& x, int first,
                              const Vec4 (&norm)[kChunksEach]) {
  __shared__ float shared_squares[kWarps][kTokens];
  Vec4 values[kTokens][kChunksEach];
  const int chunks = kNorm ? kChunks : p.slots * 8;  // the norm needs whole rows
#pragma unroll
  for (int token = 0; token < kTokens; ++token) {
#pragma unroll
    for (int i = 0; i < kChunksEach; ++i) {
      const Chunk chunk = Chunk::of(i, x.first_step);
      const bool wanted = first + token < p.tokens && chunk.in_slots < chunks;
      values[token][i] =
          wanted ? chunk.load(p.x + static_cast<i64>(first + token) * kColumns) : Vec4{};
    }
  }
  float by[kTokens] = {};
  if constexpr (kNorm) {
#pragma unroll
    for (int token = 0; token < kTokens; ++token) {
#pragma unroll
      for (int i = 0; i < kChunksEach; ++i) by[token] += square_sum(values[token][i]);
    }
    if (first > 0) named_barrier(1, kThreads);  // the sums of the tokens before are read
    inverse_norms<kTokens>(by, shared_squares);
  }
#pragma unroll
  for (int token = 0; token < kTokens; ++token) {
#pragma unroll
    for (int i = 0; i < kChunksEach; ++i) {
      const int place = Chunk::of(i, x.first_step).in_slots;
      if (place >= p.slots * 8) continue;
      Vec4 v = values[token][i];
      if constexpr (kNorm) v = scaled(v, by[token], norm[i]);
      *reinterpret_cast<Vec4*>(x.data + (first + token) * x.row_bytes + place * 16) = v;
    }
  }
}

template <int kTokens, bool kNorm>
LATHE_DEVICE void load_x(const Parameters& p, const SharedX& x, const Vec4 (&norm)[kChunksEach]) {
  constexpr int kFit = kChunksEach >= 12 ? 1 : 12 / kChunksEach;  // in registers
  constexpr int kGroup = kFit < kTokens ? (kFit >= 4 ? 4 : kFit >= 2 ? 2 : 1) : kTokens;
#pragma unroll 1
  for (int first = 0; first < kTokens; first += kGroup)
    load_tokens<kGroup, kNorm>(p, x, first, norm);
}

// One stage of one warp: 16 rows x 64 columns times kColumnTiles groups of 8 tokens.
template <int kColumnTiles>
LATHE_DEVICE void multiply(float (&sums)[kColumnTiles][4], u32 weight, u32 x, u32 tile_bytes) {
  u32 a[4][4];
#pragma unroll
  for (int k = 0; k < 4; ++k) load_shared(weight + k * 512, a[k]);
#pragma unroll
  for (int tile = 0; tile < kColumnTiles; ++tile) {
    u32 low[4], high[4];  // columns 0-31 and 32-63
    load_matrix(x + tile * tile_bytes, low);
    load_matrix(x + tile * tile_bytes + 64, high);
    mma_16x8x16<Element>(sums[tile], a[0], low[0], low[1]);
    mma_16x8x16<Element>(sums[tile], a[1], low[2], low[3]);
    mma_16x8x16<Element>(sums[tile], a[2], high[0], high[1]);
    mma_16x8x16<Element>(sums[tile], a[3], high[2], high[3]);
  }
}

LATHE_DEVICE void finish_value(const Parameters& p, int token, int row, float value) {
  const i64 at = static_cast<i64>(token) * kRows + row;
  if constexpr (kResidual) value += Numeric<Element>::load(p.residual[at]);
  p.y[at] = Numeric<Output>::store(value);
}
LATHE_DEVICE float biased(const Parameters& p, float value, int row) {
  return kBias ? value + Numeric<Element>::load(p.bias[row]) : value;
}

// Lane (g, t) of a warp has rows g and g + 8 of its 16, tokens 2t and 2t + 1 of each group of 8.
template <int kColumnTiles>
LATHE_DEVICE void store(const Parameters& p, const float (&sums)[kColumnTiles][4], int row_group) {
  const int lane = threadIdx.x % 32, g = lane / 4;
#pragma unroll
  for (int i = 0; i < kColumnTiles * 2; ++i) {
    const int token = i / 2 * 8 + lane % 4 * 2 + i % 2;
    if (token >= p.tokens) continue;
    const float first = sums[i / 2][i % 2], second = sums[i / 2][2 + i % 2];
    if constexpr (kGated) {  // a group is 8 rows of the gate and their 8 partners
      const int row = row_group * 8 + g;
      if (row < kRows) {
        finish_value(p, token, row,
                     activate(biased(p, first, row)) * biased(p, second, row + kRows));
      }
    } else {
      const int row = row_group * 16 + g;
      if (row < kRows) finish_value(p, token, row, activate(biased(p, first, row)));
      if (row + 8 < kRows) finish_value(p, token, row + 8, activate(biased(p, second, row + 8)));
    }
  }
}

// Where block `block` leaves its sums of a tile: it has at most two that it shares, its first and
// its last.
template <int kColumnTiles>
LATHE_DEVICE Vec4* partial_of(const Parameters& p, int block, int tile) {
  const int which = Range::of(block).begin / kSteps == tile ? 0 : 1;
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const i64 index = (static_cast<i64>(block) * 2 + which) * kWarps + warp;
  return reinterpret_cast<Vec4*>(p.partials) + index * kColumnTiles * 32 + lane;
}

LATHE_DEVICE void add(float (&sum)[4], Vec4 v) {
  sum[0] += __uint_as_float(v.x);
  sum[1] += __uint_as_float(v.y);
  sum[2] += __uint_as_float(v.z);
  sum[3] += __uint_as_float(v.w);
}

// Adds the partial sums of blocks first … last in order; ours are in `own`.
template <int kColumnTiles>
LATHE_DEVICE void gather(const Parameters& p, int tile, int first, int last,
                         float (&own)[kColumnTiles][4]) {
  constexpr int kBatch = kColumnTiles >= 8 ? 1 : 8 / kColumnTiles;
  float sums[kColumnTiles][4] = {};
  for (int begin = first; begin <= last; begin += kBatch) {
    Vec4 loaded[kBatch][kColumnTiles];
#pragma unroll
    for (int i = 0; i < kBatch; ++i) {
      if (begin + i > last) continue;
      const Vec4* from = partial_of<kColumnTiles>(p, begin + i, tile);
#pragma unroll
      for (int j = 0; j < kColumnTiles; ++j) loaded[i][j] = load_l2(from + j * 32);
    }
#pragma unroll
    for (int i = 0; i < kBatch; ++i) {
      if (begin + i > last) continue;
#pragma unroll
      for (int j = 0; j < kColumnTiles; ++j) add(sums[j], loaded[i][j]);
    }
  }
#pragma unroll
  for (int j = 0; j < kColumnTiles; ++j) {
#pragma unroll
    for (int i = 0; i < 4; ++i) own[j][i] = sums[j][i];
  }
}

// A warp's 16 rows of a tile are summed as far as this block goes: store them, or leave them for
// the last of the blocks that share the tile.
template <int kColumnTiles>
LATHE_DEVICE void finish(const Parameters& p, int tile, float (&sums)[kColumnTiles][4]) {
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int row_group = tile * kWarps + warp;
  const int first = block_of(tile * kSteps), last = block_of(tile * kSteps + kSteps - 1);
  if (first != last) {
    Vec4* to = partial_of<kColumnTiles>(p, blockIdx.x, tile);
#pragma unroll
    for (int j = 0; j < kColumnTiles; ++j) {
      to[j * 32] = {__float_as_uint(sums[j][0]), __float_as_uint(sums[j][1]),
                    __float_as_uint(sums[j][2]), __float_as_uint(sums[j][3])};
    }
    if (!last_to_arrive(p.counters + row_group, last - first + 1, lane)) return;
    gather<kColumnTiles>(p, tile, first, last, sums);
  }
  store<kColumnTiles>(p, sums, row_group);
}

// Multiplies the block's stages. `x` is the lane's row address for load_matrix; `x_step` is what it
// grows by a stage where x is resident.
template <int kColumnTiles, bool kStreamed>
LATHE_DEVICE void consume(const Ring& ring, const Parameters& p, Range range, u32 x,
                          u32 tile_bytes) {
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  float sums[kColumnTiles][4] = {};
  int tile = range.begin / kSteps, step = range.begin % kSteps, slot = 0;
  Cursor at;
  for (int stage = range.begin; stage < range.end; ++stage) {
    const u32 data = ring.data + at.stage * ring.stage_bytes;
    barrier_wait(ring.full + at.stage * 8, at.parity);
    multiply<kColumnTiles>(sums, data + warp * 2048 + lane * 16,
                           kStreamed ? data + kWeightBytes + x : x + slot * 128, tile_bytes);
    __syncwarp();
    if (lane == 0) barrier_arrive(ring.empty + at.stage * 8);
    at.next(ring.stages);
    if (++slot == kSteps) slot = 0;
    if (++step < kSteps && stage + 1 < range.end) continue;
    finish<kColumnTiles>(p, tile, sums);
#pragma unroll
    for (int j = 0; j < kColumnTiles; ++j) sums[j][0] = sums[j][1] = sums[j][2] = sums[j][3] = 0;
    step = 0;
    ++tile;
  }
}

LATHE_DEVICE Ring make_ring(const Parameters& p, unsigned char* shared, u32 stage_bytes,
                            u32 arrivals) {
  __shared__ u64 full[kMaxStages], empty[kMaxStages];
  const Ring ring{shared_address(full), shared_address(empty), shared_address(shared), stage_bytes,
                  p.stages};
  if (threadIdx.x == 0) {
    for (int i = 0; i < p.stages; ++i) {
      barrier_init(ring.full + i * 8, arrivals);
      barrier_init(ring.empty + i * 8, kWarps);
    }
    barrier_init_done();
  }
  __syncthreads();
  return ring;
}

// Up to kTokens (at most 8) tokens, resident.
template <int kTokens, bool kNorm>
LATHE_DEVICE void linear_resident(const Parameters& p) {
  extern __shared__ __align__(128) unsigned char shared[];
  const Ring ring = make_ring(p, shared, kWeightBytes, 1);
  const Range range = Range::of(blockIdx.x);
  launch_dependents();
  if (threadIdx.x >= kThreads) {
    if (threadIdx.x == kThreads) stream_weights(ring, p.weight, range);
    return;
  }
  const SharedX x{shared + p.stages * kWeightBytes, p.slots * 128u + 16, range.begin % kSteps};
  Vec4 norm[kChunksEach] = {};
  if constexpr (kNorm) {
#pragma unroll
    for (int i = 0; i < kChunksEach; ++i) norm[i] = Chunk::of(i, x.first_step).load(p.norm);
  }
  wait_for_predecessor();
  load_x<kTokens, kNorm>(p, x, norm);
  named_barrier(1, kThreads);
  const int lane = threadIdx.x % 32, row = lane % 8 < kTokens ? lane % 8 : kTokens - 1;
  consume<1, false>(ring, p, range, shared_address(x.data) + row * x.row_bytes + lane / 8 * 16, 0);
}

// Up to kTokens tokens, a multiple of 8, that come with the stages.
template <int kTokens>
LATHE_DEVICE void linear_streamed(const Parameters& p) {
  extern __shared__ __align__(128) unsigned char shared[];
  const Ring ring =
      make_ring(p, shared, kWeightBytes + kTokens * kStreamedRowBytes, 1 + kLoaderThreads);
  const Range range = Range::of(blockIdx.x);
  launch_dependents();
  if (threadIdx.x >= kThreads + kLoaderThreads) {
    if (threadIdx.x == kThreads + kLoaderThreads) stream_weights(ring, p.weight, range);
    return;
  }
  wait_for_predecessor();
  if (threadIdx.x >= kThreads) {
    stream_x<kTokens>(ring, p, range, static_cast<int>(threadIdx.x) - kThreads);
    return;
  }
  const u32 lane = threadIdx.x % 32;
  consume<kTokens / 8, true>(ring, p, range, lane % 8 * kStreamedRowBytes + lane / 8 * 16,
                             8 * kStreamedRowBytes);
}

#define LATHE_RESIDENT(name, tokens, norm)             \
  extern "C" __global__ void __launch_bounds__(288, 1) \
      name(const __grid_constant__ Parameters p) {     \
    linear_resident<tokens, norm>(p);                  \
  }
#define LATHE_STREAMED(name, tokens)                   \
  extern "C" __global__ void __launch_bounds__(416, 1) \
      name(const __grid_constant__ Parameters p) {     \
    linear_streamed<tokens>(p);                        \
  }
LATHE_RESIDENT(linear_1, 1, kNormalize)
LATHE_RESIDENT(linear_2, 2, kNormalize)
LATHE_RESIDENT(linear_4, 4, kNormalize)
LATHE_RESIDENT(linear_8, 8, kNormalize)
LATHE_STREAMED(linear_streamed_8, 8)
LATHE_STREAMED(linear_streamed_16, 16)
LATHE_STREAMED(linear_streamed_32, 32)
LATHE_STREAMED(linear_streamed_64, 64)
