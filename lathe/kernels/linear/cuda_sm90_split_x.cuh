// SPDX-License-Identifier: Apache-2.0
// What the linear layer for up to 64 tokens does beside its products: the division of the work, the
// tokens on their way into shared memory, and their norm.
//
// 64 columns of the tokens come with each stage of the weight, swizzled as wgmma takes them. A
// norm's factor is one number a token, so it waits until the sums of products are complete: one
// more warp reads the ring beside those that multiply and sums the squares. The norm's weight is
// one number a column: it is multiplied into the weight's fragments.
#pragma once

#include "lathe/kernels/linear/epilogue.cuh"
#include "lathe/kernels/linear/norm_weight.cuh"
#include "lathe/kernels/linear/ring.cuh"
#include "lathe/kernels/ptx/copy.cuh"
#include "lathe/kernels/ptx/math.cuh"
#include "lathe/kernels/ptx/mma.cuh"

namespace split {

constexpr int kWarps = 8;  // that multiply
constexpr int kThreads = kWarps * 32;
constexpr int kLoaderThreads = 64;
constexpr u32 kRowBytes = 128;  // of a stage's x: 64 columns
constexpr int kMaxTokens = 64;
template <int kTokens>
constexpr int kXStages = kSplitXBytes / (kTokens * kRowBytes) < kMaxStages
                             ? kSplitXBytes / (kTokens * kRowBytes)
                             : kMaxStages;

// The warps that multiply, in one set or, where half of them are enough for a tile, two that take
// stages in turns.
constexpr int kMaxSets = 2, kSetRows = kWarps / kMaxSets * 16;
struct Sets {
  LATHE_DEVICE static int of(const Parameters& p) {
    return p.tile_groups <= kWarps / kMaxSets ? kMaxSets : 1;
  }
  LATHE_DEVICE static int set(int sets) { return threadIdx.x / 32 / (kWarps / sets); }
  LATHE_DEVICE static int warp(int sets) { return threadIdx.x / 32 % (kWarps / sets); }
};

// Groups of 16 rows that are multiplied at once, one a warp.
struct Tile {
  int first, count;
};

// What a block does: its steps of 64 columns of all tiles that its cluster has.
struct Work {
  int first_group, groups, tiles;
  int first_step, end_step;
  int sets;  // of warps

  LATHE_DEVICE static Work of_block(const Parameters& p) {
    const i64 clusters = gridDim.x / p.parts, cluster = blockIdx.x / p.parts;
    const int part = blockIdx.x % p.parts;
    const int first = static_cast<int>(kGroups * cluster / clusters);
    const int groups = static_cast<int>(kGroups * (cluster + 1) / clusters) - first;
    return {first,
            groups,
            (groups + p.tile_groups - 1) / p.tile_groups,
            kSteps * part / p.parts,
            kSteps * (part + 1) / p.parts,
            Sets::of(p)};
  }
  LATHE_DEVICE Tile tile(int i) const {  // all of nearly the same size
    const int first = groups * i / tiles;
    return {first_group + first, groups * (i + 1) / tiles - first};
  }
  LATHE_DEVICE int steps() const { return end_step - first_step; }
};

// By 64 threads: pieces of 16 bytes of all tokens, eight a row and stage. What lies in rows of
// tokens that do not exist reaches only sums that nobody stores.
template <int kTokens, bool kAll>  // whether there are as many tokens
LATHE_DEVICE void stream_x(const Ring& ring, const Parameters& p, Work work, int thread) {
  const int first_row = thread / 8, piece = thread % 8;
  const u32 place = first_row * kRowBytes + (piece ^ first_row) * 16;
  const Element* from = p.x + static_cast<i64>(first_row) * kColumns + piece * 8;
  Cursor at;
  for (int tile = 0; tile < work.tiles; ++tile) {
    for (int step = work.first_step; step < work.end_step; ++step) {
      at.wait_empty(ring);
      const u32 to = at.data(ring) + place;
      const bool real = step * 64 + piece * 8 < kColumns;
#pragma unroll
      for (int i = 0; i < kTokens / 8; ++i) {
        if (!kAll && first_row + i * 8 >= p.tokens) continue;
        async_copy_16(to + i * 8 * kRowBytes, from + static_cast<i64>(i) * 8 * kColumns + step * 64,
                      real);
      }
      async_arrive(at.full(ring));
      at.next(ring.stages);
    }
  }
}
template <int kTokens>
LATHE_DEVICE void stream_x(const Ring& ring, const Parameters& p, Work work, int thread) {
  if (p.tokens == kTokens) {
    stream_x<kTokens, true>(ring, p, work, thread);
  } else {
    stream_x<kTokens, false>(ring, p, work, thread);
  }
}

// Of the columns that this block has, all or its part of k.
struct Squares {
  float sum[kMaxTokens];
};

constexpr u32 kSquaresBarrier = 2, kSquaresThreads = kThreads + 32;

LATHE_DEVICE float square_sum(u32 row) {
  float even = 0, odd = 0;
#pragma unroll
  for (u32 piece = 0; piece < 8; ++piece) {  // lanes begin at different banks
    u32 x[4];
    load_shared(row + (piece ^ threadIdx.x % 8) * 16, x);
#pragma unroll
    for (u32 pair : x) {
      const float low = Numeric<Element>::low(pair), high = Numeric<Element>::high(pair);
      even += low * low;
      odd += high * high;
    }
  }
  return even + odd;
}

// By one warp: sums the squares of the first tile's columns (another tile's are the same), a token
// or two a lane, leaves them and says so at kSquaresBarrier.
template <int kTokens>
LATHE_DEVICE void sum_squares(const Ring& ring, Work work, Squares& out) {
  constexpr int kEach = kTokens > 32 ? 2 : 1;
  const int stages = work.tiles * work.steps(), lane = threadIdx.x % 32;
  float sums[kEach] = {};
  Cursor at;
  for (int stage = 0; stage < stages; ++stage) {
    at.wait_full(ring);
#pragma unroll
    for (int i = 0; i < kEach; ++i) {
      if (stage < work.steps() && lane + i * 32 < kTokens) {
        sums[i] += square_sum(at.data(ring) + (lane + i * 32) * kRowBytes);
      }
    }
    __syncwarp();
    if (lane == 0) at.release(ring);
    at.next(ring.stages);
    if (stage + 1 != work.steps()) continue;
#pragma unroll
    for (int i = 0; i < kEach; ++i) {
      if (lane + i * 32 < kTokens) out.sum[lane + i * 32] = sums[i];
    }
    named_barrier_arrive(kSquaresBarrier, kSquaresThreads);
  }
}

}  // namespace split
