// SPDX-License-Identifier: Apache-2.0
// y = activation(norm(x) W^T + bias) [* other half] + residual for 1 to 8 tokens, at the speed of
// memory.
//
// Work: the packed weight is a row of groups of 16 rows; block b of the grid has a run of them,
// which lie one after the other in memory. One warp streams them in stages of eight chunks (16
// rows x 64 columns, 16 KB in all) into a ring and never waits for the previous kernel. Each of
// eight warps multiplies one chunk of every stage with the tokens on tensor cores: the weight is
// the 16-row operand A, eight tokens are the columns of B. At the end of a group the warps' sums
// meet in shared memory, in the warps' order: no block needs another's sums, a block ends where
// its bytes end. Tokens: they lie in shared memory, normalised on the way; where they do not fit
// (linear_streamed_8) four more warps bring 64 columns with each chunk.
// Bytes: the weight once, x once a block from L2. Flops: 2 * tokens a weight. Bound: reading
// memory. Resources: one block a multiprocessor (more than 114 KB of shared memory), so that the
// next kernel's ring fills where a block ends; 288 or 416 threads.
// Ideas: weights before griddepcontrol.wait as in CUTLASS' example 63; weights as operand A for few
// tokens as in the swapped products of XQA and Marlin's packed fragments (NVIDIA, IST Austria).
//
// The prelude gives what epilogue.cuh names; kStreamedXStages; LATHE_MOST_RESIDENT: tokens that fit
// in shared memory, of 1, 2, 4 and 8.
#pragma once

#include "lathe/kernels/linear/cuda_sm90_chunk.cuh"
#include "lathe/kernels/linear/epilogue.cuh"
#include "lathe/kernels/linear/ring.cuh"
#include "lathe/kernels/ptx/copy.cuh"
#include "lathe/kernels/ptx/math.cuh"

namespace few {

using namespace chunk;

constexpr int kWarps = 8;  // that multiply
constexpr int kThreads = kWarps * 32;
constexpr int kLoaderThreads = 128;                // of x, where it is streamed
constexpr u32 kStageBytes = kWarps * kChunkBytes;  // of weights
// 32 KB as far as L2, while the block waits with a full ring; measured, more is slower than none.
constexpr int kAheadChunks = 16;

LATHE_DEVICE void stream_weights(const Ring& ring, const unsigned char* weight, Range range) {
  const u64 policy = policy_evict_first();
  const int first_full = range.begin() + ring.stages * kWarps;
  Cursor at;
  InFlight in_flight = InFlight::of(ring);
  for (int chunk = range.begin(); chunk < range.end(); chunk += kWarps) {
    in_flight.wait(ring);
    const int left = range.end() - chunk;
    const u32 bytes = (left < kWarps ? left : kWarps) * kChunkBytes;
    if (chunk == first_full) {  // while x is awaited, memory may go on as far as L2
      prefetch_l2(weight + static_cast<i64>(chunk) * kChunkBytes,
                  (left < kAheadChunks ? left : kAheadChunks) * kChunkBytes);
    }
    at.wait_empty(ring);
    barrier_arrive_expect(at.full(ring), bytes);
    bulk_copy(at.data(ring), weight + static_cast<i64>(chunk) * kChunkBytes, bytes, at.full(ring),
              policy);
    at.next(ring.stages);
  }
}

// Brings the 64 columns of x that go with each chunk. Rows of tokens that do not exist stay as they
// are: they reach only sums that nobody stores.
template <int kTokens>
LATHE_DEVICE void stream_x(const Ring& ring, const Parameters& p, Range range, int thread) {
  Cursor at;
  for (int chunk = range.begin(); chunk < range.end(); chunk += kWarps) {
    at.wait_empty(ring);
    const u32 to = at.data(ring);
#pragma unroll
    for (int i = 0; i < kWarps * kTokens * 8; i += kLoaderThreads) {
      const int place = (i + thread) / 8, piece = (i + thread) % 8;  // place: of 64 columns
      const int token = place % kTokens;
      const int column = (chunk + place / kTokens) % kSteps * 64 + piece * 8;
      if (token >= p.tokens) continue;
      async_copy_16(to + place * kStreamedRowBytes + piece * 16,
                    p.x + static_cast<i64>(token) * kColumns + column, column < kColumns);
    }
    async_arrive(at.full(ring));
    at.next(ring.stages);
  }
}

constexpr int kPieces = kSteps * 8;  // of 16 bytes, in a row of x
constexpr int kPiecesEach = (kPieces + kThreads - 1) / kThreads;

LATHE_DEVICE Vec4 load_piece(const Element* row, int i) {
  const int piece = static_cast<int>(threadIdx.x) + i * kThreads;
  return piece * 8 < kColumns ? load_l2(reinterpret_cast<const Vec4*>(row) + piece) : Vec4{};
}

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

// 1 / root mean square of each row, from the threads' sums of squares.
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

constexpr u32 kRowBytes = kSteps * 128 + 16;  // of a resident row of x: rows in different banks

// Brings tokens first … first + kTokens - 1; all their loads are under way at once.
template <int kTokens, bool kNorm>
LATHE_DEVICE void load_tokens(const Parameters& p, unsigned char* shared_x, int first,
                              const Vec4 (&norm)[kPiecesEach]) {
  __shared__ float shared_squares[kWarps][kTokens];
  Vec4 values[kTokens][kPiecesEach];
#pragma unroll
  for (int token = 0; token < kTokens; ++token) {
    const bool real = first + token < p.tokens;
    const Element* row = p.x + static_cast<i64>(first + token) * kColumns;
#pragma unroll
    for (int i = 0; i < kPiecesEach; ++i) values[token][i] = real ? load_piece(row, i) : Vec4{};
  }
  float by[kTokens] = {};
  if constexpr (kNorm) {
#pragma unroll
    for (int token = 0; token < kTokens; ++token) {
#pragma unroll
      for (int i = 0; i < kPiecesEach; ++i) by[token] += square_sum(values[token][i]);
    }
    if (first > 0) named_barrier(1, kThreads);  // the sums of the tokens before are read
    inverse_norms<kTokens>(by, shared_squares);
  }
#pragma unroll
  for (int token = 0; token < kTokens; ++token) {
#pragma unroll
    for (int i = 0; i < kPiecesEach; ++i) {
      const int piece = static_cast<int>(threadIdx.x) + i * kThreads;
      if (piece >= kPieces) continue;
      Vec4 v = values[token][i];
      if constexpr (kNorm) v = scaled(v, by[token], norm[i]);
      *reinterpret_cast<Vec4*>(shared_x + (first + token) * kRowBytes + piece * 16) = v;
    }
  }
}

template <int kTokens, bool kNorm>
LATHE_DEVICE void load_x(const Parameters& p, unsigned char* shared_x,
                         const Vec4 (&norm)[kPiecesEach]) {
  constexpr int kFit = kPiecesEach >= 12 ? 1 : 12 / kPiecesEach;  // in registers
  constexpr int kGroup = kFit < kTokens ? (kFit >= 4 ? 4 : kFit >= 2 ? 2 : 1) : kTokens;
#pragma unroll 1
  for (int first = 0; first < kTokens; first += kGroup) {
    load_tokens<kGroup, kNorm>(p, shared_x, first, norm);
  }
}

// The warps' sums of a group: two buffers in turns, so that one barrier a group is enough.
template <int kTokens>
struct Meeting {
  float sums[2][kWarps][16][kTokens];
};

template <int kTokens>
LATHE_DEVICE float joined(const float (*sums)[16][kTokens], int row, int token) {
  float sum = 0;
#pragma unroll
  for (int warp = 0; warp < kWarps; ++warp) sum += sums[warp][row][token];
  return sum;
}

// A thread a result: rows run fastest, so that stores coalesce.
constexpr int kGroupRows = kGated ? 8 : 16;  // of y

template <int kTokens, int kTokenTiles>
LATHE_DEVICE void finish(const Parameters& p, Meeting<kTokens>& meeting, int group,
                         Sums<kTokenTiles>& sums) {
  const int in_group = threadIdx.x % kGroupRows, token = threadIdx.x / kGroupRows;
  const int row = group * kGroupRows + in_group;
  const bool mine = token < kTokens && token < p.tokens && row < kRows;
  const float residual = mine ? residual_of(p, token, row) : 0;  // on its way before the barrier
  auto& buffer = meeting.sums[group % 2];
  leave_sums<kTokens, kTokenTiles>(buffer[threadIdx.x / 32], sums);
  named_barrier(1, kThreads);
  if (!mine) return;
  const float first = joined<kTokens>(buffer, in_group, token);
  const float value =
      kGated ? gated(p, first, joined<kTokens>(buffer, in_group + 8 * kGated, token), row)
             : activated(p, first, row);
  store_value(p, token, row, value + residual);
}

// A warp's way through the ring: one chunk of every stage.
template <int kTokenTiles, bool kStreamed>
struct Reader {
  const Rings& rings;
  u32 x;  // the lane's row for load_matrix: its address, or its place in a stage of tokens
  int chunk, end, step;
  Cursors at = {};

  // Waits for the next stage, takes this warp's chunk of it, if it has one, and frees the place.
  LATHE_DEVICE void take(Fragments<kTokenTiles>& out) {
    const u32 warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    at.wait_full(rings);
    if (chunk < end) {
      out.load(at.weights.data(rings.weights) + warp * kChunkBytes + lane * 16,
               kStreamed ? at.x.data(rings.x) + x : x + step * 128);
    }
    __syncwarp();
    if (lane == 0) at.release(rings);
    at.next(rings);
    chunk += kWarps;
    step += kWarps;
    while (step >= kSteps) step -= kSteps;
  }
};

// Multiplies this warp's chunk of every stage; the next is read while the products of one run.
template <int kTokens, bool kStreamed>
LATHE_DEVICE void consume(const Rings& rings, const Parameters& p, Range range, u32 x,
                          Meeting<kTokens>& meeting) {
  constexpr int kTokenTiles = (kTokens + 7) / 8;
  const int warp = threadIdx.x / 32, begin = range.begin();
  const int stages = (range.end() - begin + kWarps - 1) / kWarps;
  Reader<kTokenTiles, kStreamed> reader{rings, x, begin + warp, range.end(), warp % kSteps};
  Sums<kTokenTiles> sums = {};
  Fragments<kTokenTiles> fragments[2] = {};
  int group = range.first_group, step = warp;
  reader.take(fragments[0]);
#pragma unroll 2
  for (int stage = 0; stage < stages; ++stage) {
    if (stage + 1 < stages) reader.take(fragments[(stage + 1) % 2]);
    for (; step >= kSteps && group < range.end_group; step -= kSteps) {
      finish<kTokens, kTokenTiles>(p, meeting, group++, sums);
    }
    if (group < range.end_group) multiply<kTokenTiles>(sums, fragments[stage % 2]);
    step += kWarps;
  }
  while (group < range.end_group) finish<kTokens, kTokenTiles>(p, meeting, group++, sums);
}

// Up to kTokens (at most 8) tokens, resident.
template <int kTokens, bool kNorm>
LATHE_DEVICE void linear_resident(const Parameters& p) {
  extern __shared__ __align__(128) unsigned char shared[];
  __shared__ Meeting<kTokens> meeting;
  __shared__ RingBarriers barriers;
  const Rings rings = {
      Ring::make(barriers, shared_address(shared), kStageBytes, p.stages, {1, kWarps}), {}};
  const Range range = Range::of_block();
  launch_dependents();
  if (threadIdx.x >= kThreads) {
    if (threadIdx.x == kThreads) stream_weights(rings.weights, p.weight, range);
    return;
  }
  unsigned char* shared_x = shared + p.stages * kStageBytes;
  Vec4 norm[kPiecesEach] = {};
  if constexpr (kNorm) {
#pragma unroll
    for (int i = 0; i < kPiecesEach; ++i) norm[i] = load_piece(p.norm, i);
  }
  wait_for_predecessor();
  load_x<kTokens, kNorm>(p, shared_x, norm);
  named_barrier(1, kThreads);
  const u32 lane = threadIdx.x % 32, row = lane % 8 < kTokens ? lane % 8 : kTokens - 1;
  consume<kTokens, false>(rings, p, range,
                          shared_address(shared_x) + row * kRowBytes + lane / 8 * 16, meeting);
}

// Up to kTokens tokens, a multiple of 8, that come with the chunks.
template <int kTokens>
LATHE_DEVICE void linear_streamed(const Parameters& p) {
  extern __shared__ __align__(128) unsigned char shared[];
  __shared__ Meeting<kTokens> meeting;
  constexpr u32 kXBytes = kTokens * kStreamedRowBytes;  // of a chunk
  __shared__ RingBarriers weights, x;
  const u32 begin = shared_address(shared), x_begin = begin + p.stages * kStageBytes;
  const Rings rings = {
      Ring::make(weights, begin, kStageBytes, p.stages, {1, kWarps}),
      Ring::make(x, x_begin, kWarps * kXBytes, kStreamedXStages, {kLoaderThreads, kWarps})};
  const Range range = Range::of_block();
  launch_dependents();
  if (threadIdx.x >= kThreads + kLoaderThreads) {
    if (threadIdx.x == kThreads + kLoaderThreads) stream_weights(rings.weights, p.weight, range);
    return;
  }
  wait_for_predecessor();
  if (threadIdx.x >= kThreads) {
    stream_x<kTokens>(rings.x, p, range, static_cast<int>(threadIdx.x) - kThreads);
    return;
  }
  const u32 lane = threadIdx.x % 32;
  consume<kTokens, true>(rings, p, range,
                         threadIdx.x / 32 * kXBytes + lane % 8 * kStreamedRowBytes + lane / 8 * 16,
                         meeting);
}

}  // namespace few

#define LATHE_RESIDENT(name, tokens)                   \
  extern "C" __global__ void __launch_bounds__(288, 1) \
      name(const __grid_constant__ Parameters p) {     \
    few::linear_resident<tokens, kNormalize>(p);       \
  }
#define LATHE_STREAMED(name, tokens)                   \
  extern "C" __global__ void __launch_bounds__(416, 1) \
      name(const __grid_constant__ Parameters p) {     \
    few::linear_streamed<tokens>(p);                   \
  }
#if LATHE_MOST_RESIDENT >= 1
LATHE_RESIDENT(linear_1, 1)
#endif
#if LATHE_MOST_RESIDENT >= 2
LATHE_RESIDENT(linear_2, 2)
#endif
#if LATHE_MOST_RESIDENT >= 4
LATHE_RESIDENT(linear_4, 4)
#endif
#if LATHE_MOST_RESIDENT >= 8
LATHE_RESIDENT(linear_8, 8)
#else
LATHE_STREAMED(linear_streamed_8, 8)
#endif
