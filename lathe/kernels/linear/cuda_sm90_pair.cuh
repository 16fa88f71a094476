// SPDX-License-Identifier: Apache-2.0
// The same linear layer for 9 to 16 tokens, normalised on the way. As for few tokens
// (cuda_sm90_few.cuh) a block has groups of 16 rows and all of k, needs no other block's sums, and
// ends where its bytes end; but the tokens come with the weights, and two groups share them.
//
// Work: block b has a run of groups, which it takes two by two. A stage is four chunks (16 rows x
// 64 columns) of each of the two; one of x the tokens' 256 columns. One warp copies weights and
// never waits for the previous kernel, four bring tokens, eight multiply a chunk of every stage
// each. At the end of a pair the warps' sums meet in shared memory, in the warps' order. The norm's
// weight is multiplied into the weight's fragments; the squares are summed from the fragments of
// the tokens while the first pair is multiplied, their factor waits for the sums.
//
// Bytes: the weight once, x once a pair from L2: half as much as the weight. Flops: 32 a weight.
// Bound: reading memory. Resources: one block a multiprocessor; 416 threads.
//
// The prelude gives what epilogue.cuh names; kPairTokens, kPairDepth, kStreamedXStages.
#pragma once

#include "lathe/kernels/linear/cuda_sm90_chunk.cuh"
#include "lathe/kernels/linear/epilogue.cuh"
#include "lathe/kernels/linear/norm_weight.cuh"
#include "lathe/kernels/linear/ring.cuh"
#include "lathe/kernels/ptx/copy.cuh"

namespace pair {

using namespace chunk;

constexpr int kTokens = kPairTokens, kTokenTiles = kTokens / 8;
constexpr int kDepth = kPairDepth;  // chunks of a group in a stage
constexpr int kWarps = 2 * kDepth;  // that multiply
constexpr int kThreads = kWarps * 32;
constexpr int kLoaderThreads = 128;
constexpr u32 kStageBytes = kWarps * kChunkBytes;     // of weights
constexpr u32 kXBytes = kTokens * kStreamedRowBytes;  // of a chunk's columns
constexpr u32 kXStageBytes = kDepth * kXBytes;
constexpr int kPairStages = (kSteps + kDepth - 1) / kDepth;
constexpr int kGroupRows = kGated ? 8 : 16;  // of y

LATHE_DEVICE int stages_of(Range range) {
  return (range.end_group - range.first_group + 1) / 2 * kPairStages;
}

// A stage's place in the work.
struct Place {
  int group, step;  // the first of both
  LATHE_DEVICE static Place of(Range range, int stage) {
    return {range.first_group + stage / kPairStages * 2, stage % kPairStages * kDepth};
  }
  LATHE_DEVICE bool ends_pair() const { return step + kDepth >= kSteps; }
};

LATHE_DEVICE void stream_weights(const Ring& ring, const unsigned char* weight, Range range) {
  const u64 policy = policy_evict_first();
  Cursor at;
  InFlight in_flight = InFlight::of(ring);
  for (int stage = 0; stage < stages_of(range); ++stage) {
    const Place place = Place::of(range, stage);
    const int left = kSteps - place.step, groups = range.end_group - place.group < 2 ? 1 : 2;
    const u32 bytes = (left < kDepth ? left : kDepth) * kChunkBytes;
    in_flight.wait(ring);
    at.wait_empty(ring);
    barrier_arrive_expect(at.full(ring), groups * bytes);
    for (int i = 0; i < groups; ++i) {
      const i64 chunk = static_cast<i64>(place.group + i) * kSteps + place.step;
      bulk_copy(at.data(ring) + i * kDepth * kChunkBytes, weight + chunk * kChunkBytes, bytes,
                at.full(ring), policy);
    }
    at.next(ring.stages);
  }
}

// Rows of tokens that do not exist stay as they are: they reach only sums that nobody stores.
LATHE_DEVICE void stream_x(const Ring& ring, const Parameters& p, Range range, int thread) {
  const int first = thread / 8, piece = thread % 8;  // a token, and one of its pieces of 16 bytes
  Cursor at;
  for (int stage = 0; stage < stages_of(range); ++stage) {
    const int column = Place::of(range, stage).step * 64 + piece * 8;
    at.wait_empty(ring);
    const u32 to = at.data(ring) + first * kStreamedRowBytes + piece * 16;
    if (first < p.tokens) {
      const Element* from = p.x + static_cast<i64>(first) * kColumns + column;
#pragma unroll
      for (int i = 0; i < kDepth; ++i) {
        async_copy_16(to + i * kXBytes, from + i * 64, column + i * 64 < kColumns);
      }
    }
    async_arrive(at.full(ring));
    at.next(ring.stages);
  }
}
static_assert(kLoaderThreads == kTokens * 8);

// What warps leave for each other.
struct Shared {
  float sums[2][kWarps][16][kTokens];  // two buffers in turns, so that one barrier a pair is enough
  float squares[kDepth][kTokens];
};

// Squares of the tokens of this lane, (lane / 4) of each tile, in its columns of a chunk.
LATHE_DEVICE void add_squares(float (&sums)[kTokenTiles], const Fragments<kTokenTiles>& f) {
#pragma unroll
  for (int tile = 0; tile < kTokenTiles; ++tile) {
#pragma unroll
    for (int i = 0; i < 8; ++i) {
      const u32 two = f.b[tile][i / 4][i % 4];
      const float low = Numeric<Element>::low(two), high = Numeric<Element>::high(two);
      sums[tile] += low * low + high * high;
    }
  }
}
LATHE_DEVICE void leave_squares(float (&squares)[kTokens], const float (&sums)[kTokenTiles]) {
  const int lane = threadIdx.x % 32;
#pragma unroll
  for (int tile = 0; tile < kTokenTiles; ++tile) {
    float sum = sums[tile];
    sum += __shfl_xor_sync(~0u, sum, 1);
    sum += __shfl_xor_sync(~0u, sum, 2);
    if (lane % 4 == 0) squares[tile * 8 + lane / 4] = sum;
  }
}
LATHE_DEVICE float inverse_norm_of(const Shared& shared, int token) {
  float sum = 0;
#pragma unroll
  for (int i = 0; i < kDepth; ++i) sum += shared.squares[i][token];
  return inverse_norm(sum);
}

// A row of a pair's group over that group's warps.
LATHE_DEVICE float joined(const float (*sums)[16][kTokens], int group, int row, int token) {
  float sum = 0;
#pragma unroll
  for (int i = 0; i < kDepth; ++i) sum += sums[group * kDepth + i][row][token];
  return sum;
}

// A thread a result: rows run fastest, so that stores coalesce.
LATHE_DEVICE void finish(const Parameters& p, Shared& shared, Range range, int group,
                         Sums<kTokenTiles>& sums) {
  constexpr int kEach = 2 * kGroupRows * kTokens / kThreads;
  float residuals[kEach];
  const int in_pair = threadIdx.x % (2 * kGroupRows), row = group * kGroupRows + in_pair;
  const int first = threadIdx.x / (2 * kGroupRows);
  const bool mine = group + in_pair / kGroupRows < range.end_group && row < kRows;
#pragma unroll
  for (int i = 0; i < kEach; ++i) {  // on their way before the barrier
    const int token = first + i * (kTokens / kEach);
    residuals[i] = mine && token < p.tokens ? residual_of(p, token, row) : 0;
  }
  auto& buffer = shared.sums[(group - range.first_group) / 2 % 2];
  leave_sums<kTokens, kTokenTiles>(buffer[threadIdx.x / 32], sums);
  named_barrier(1, kThreads);
#pragma unroll
  for (int i = 0; i < kEach; ++i) {
    const int token = first + i * (kTokens / kEach), in_group = in_pair % kGroupRows;
    if (!mine || token >= p.tokens) continue;
    const float by = kNormalize ? inverse_norm_of(shared, token) : 1;
    const float sum = by * joined(buffer, in_pair / kGroupRows, in_group, token);
    float value;
    if constexpr (kGated) {
      value = gated(p, sum, by * joined(buffer, in_pair / kGroupRows, in_group + 8, token), row);
    } else {
      value = activated(p, sum, row);
    }
    store_value(p, token, row, value + residuals[i]);
  }
}

// A warp's way through the ring: one chunk of every stage.
struct Reader {
  const Rings& rings;
  Range range;
  u32 x;         // the lane's row for load_matrix, in a stage of tokens
  int next = 0;  // stage
  Cursors at = {};

  LATHE_DEVICE static int group() { return threadIdx.x / 32 / kDepth; }  // of the pair
  LATHE_DEVICE static int depth() { return threadIdx.x / 32 % kDepth; }
  // Whether this warp has a chunk of a stage.
  LATHE_DEVICE bool has(Place place) const {
    return place.group + group() < range.end_group && place.step + depth() < kSteps;
  }
  // Waits for the next stage, takes this warp's chunk of it, if it has one, and frees the place.
  LATHE_DEVICE void take(Fragments<kTokenTiles>& out) {
    const u32 warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    at.wait_full(rings);
    if (has(Place::of(range, next))) {
      out.load(at.weights.data(rings.weights) + warp * kChunkBytes + lane * 16,
               at.x.data(rings.x) + x);
    }
    __syncwarp();
    if (lane == 0) at.release(rings);
    at.next(rings);
    ++next;
  }
};

// A warp's sums on its way: of products and, in the first pair, of squares.
struct Consumer {
  const Parameters& p;
  Range range;
  u32 norm;  // shared address of the norm's weight
  Shared& shared;
  Sums<kTokenTiles> sums = {};
  float squares[kTokenTiles] = {};

  LATHE_DEVICE void multiply_chunk(Place place, bool first_pair, Fragments<kTokenTiles>& f) {
    if constexpr (kNormalize) {
      if (first_pair && Reader::group() == 0) add_squares(squares, f);
      weigh(f.a, norm + (place.step + Reader::depth()) * 128 + threadIdx.x % 4 * 32);
    }
    multiply<kTokenTiles>(sums, f);
  }
  LATHE_DEVICE void end_pair(Place place, bool first_pair) {
    if (kNormalize && first_pair && Reader::group() == 0) {
      leave_squares(shared.squares[Reader::depth()], squares);
    }
    finish(p, shared, range, place.group, sums);
  }
};

// Multiplies this warp's chunk of every stage; the next is read while the products of one run.
LATHE_DEVICE void consume(const Rings& rings, Consumer& consumer) {
  const u32 lane = threadIdx.x % 32;
  Reader reader{rings, consumer.range,
                Reader::depth() * kXBytes + lane % 8 * kStreamedRowBytes + lane / 8 * 16};
  const int stages = stages_of(consumer.range);
  const auto run = [&](int stage, Fragments<kTokenTiles>& now, Fragments<kTokenTiles>& next) {
    if (stage + 1 < stages) reader.take(next);
    const Place place = Place::of(consumer.range, stage);
    const bool first_pair = stage < kPairStages;
    if (reader.has(place)) consumer.multiply_chunk(place, first_pair, now);
    if (place.ends_pair()) consumer.end_pair(place, first_pair);
  };
  Fragments<kTokenTiles> even = {}, odd = {};
  reader.take(even);
  for (int stage = 0; stage < stages; stage += 2) {
    run(stage, even, odd);
    if (stage + 1 < stages) run(stage + 1, odd, even);
  }
}

}  // namespace pair

extern "C" __global__ void __launch_bounds__(416, 1)
    linear_pair(const __grid_constant__ Parameters p) {
  using namespace pair;
  extern __shared__ __align__(128) unsigned char bytes[];
  __shared__ Shared shared;
  __shared__ RingBarriers weights, x;
  const u32 begin = shared_address(bytes), x_begin = begin + p.stages * kStageBytes;
  const Rings rings = {
      Ring::make(weights, begin, kStageBytes, p.stages, {1, kWarps}),
      Ring::make(x, x_begin, kXStageBytes, kStreamedXStages, {kLoaderThreads, kWarps})};
  const Range range = Range::of_block();
  launch_dependents();
  const int helper = static_cast<int>(threadIdx.x) - kThreads;
  if (helper >= kLoaderThreads) {
    if (helper == kLoaderThreads) stream_weights(rings.weights, p.weight, range);
    return;
  }
  u32* norm =
      reinterpret_cast<u32*>(bytes + p.stages * kStageBytes + kStreamedXStages * kXStageBytes);
  if (kNormalize && helper < 0) bring_norm<kThreads>(p, norm);
  wait_for_predecessor();
  if (helper >= 0) {
    stream_x(rings.x, p, range, helper);
  } else {
    Consumer consumer{p, range, shared_address(norm), shared};
    consume(rings, consumer);
  }
}
