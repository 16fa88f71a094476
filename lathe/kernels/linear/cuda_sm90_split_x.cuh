// SPDX-License-Identifier: Apache-2.0
// How the tokens come to the linear layer for 9 to 64 of them: 64 columns with each stage of the
// weight, by four warps, swizzled as wgmma takes them.
//
// With a norm, each thread multiplies the 16-byte pieces it copied by the norm's weight, in place,
// and sums their squares. A norm's factor is one number a token: the sums of products are
// multiplied by it at their end, so that no block needs a whole row first.
#pragma once

#include "lathe/kernels/linear/epilogue.cuh"
#include "lathe/kernels/linear/ring.cuh"
#include "lathe/kernels/ptx/copy.cuh"
#include "lathe/kernels/ptx/math.cuh"
#include "lathe/kernels/ptx/mma.cuh"

namespace split {

constexpr int kWarps = 8;  // that multiply
constexpr int kThreads = kWarps * 32;
constexpr int kLoaderThreads = 128;
constexpr u32 kRowBytes = 128;  // of a stage's x: 64 columns; behind it lie the weights
constexpr int kMaxTokens = 64;

// Groups of 16 rows that are multiplied at once, one a warp.
struct Tile {
  int first, count;
};

// What a block does: its steps of 64 columns of all tiles that its cluster has.
struct Work {
  int first_group, groups, tiles;
  int first_step, end_step;

  LATHE_DEVICE static Work of_block(const Parameters& p) {
    const i64 clusters = gridDim.x / p.parts, cluster = blockIdx.x / p.parts;
    const int part = blockIdx.x % p.parts;
    const int first = static_cast<int>(kGroups * cluster / clusters);
    const int groups = static_cast<int>(kGroups * (cluster + 1) / clusters) - first;
    return {first, groups, (groups + p.tile_groups - 1) / p.tile_groups, kSteps * part / p.parts,
            kSteps * (part + 1) / p.parts};
  }
  LATHE_DEVICE Tile tile(int i) const {  // all of nearly the same size
    const int first = groups * i / tiles;
    return {first_group + first, groups * (i + 1) / tiles - first};
  }
  LATHE_DEVICE int steps() const { return end_step - first_step; }
  LATHE_DEVICE int stages() const { return tiles * steps(); }
  LATHE_DEVICE int step_after(int step) const {
    return step + 1 < end_step ? step + 1 : first_step;
  }
};

// x times the norm's weight is stored before it is divided by its root mean square: fp16 needs
// room for large rows.
template <class T>
constexpr float kHeadroom = 1;
template <>
constexpr float kHeadroom<Fp16> = 16;

// Sums of squares of the columns that this block has: all of them, or its part of k.
struct Squares {
  float sum[kMaxTokens];
};
LATHE_DEVICE float inverse_norm(float squares) {
  return rsqrtf(squares / kColumns + kEps) * kHeadroom<Element>;
}

// Two values and their weights.
LATHE_DEVICE u32 weighed(u32 pair, u32 weight, float& squares) {
  using X = Numeric<Element>;
  const float a = X::low(pair), b = X::high(pair), by = 1 / kHeadroom<Element>;
  squares += a * a + b * b;
  return X::pack(a * (X::low(weight) * by), b * (X::high(weight) * by));
}

// One of 128 threads: pieces `piece` of rows first_row, first_row + 16, … of every stage. What lies
// in rows of tokens that do not exist reaches only sums that nobody stores.
template <int kTokens>
struct Loader {
  static constexpr int kRowsEach = kTokens / 16;
  // Stages whose copies are under way while one is weighed; fewer than the ring has.
  static constexpr int kAhead = kTokens > 32 ? 4 : 6;

  const Ring& ring;
  const Parameters& p;
  Work work;
  int first_row, piece;

  LATHE_DEVICE Loader(const Ring& of_ring, const Parameters& parameters, Work of_block)
      : ring(of_ring), p(parameters), work(of_block) {
    const int thread = static_cast<int>(threadIdx.x) - kThreads;
    first_row = thread / 8;
    piece = thread % 8;
  }
  // In a stage.
  LATHE_DEVICE u32 offset(int i) const {
    return (first_row + i * 16) * kRowBytes + (piece ^ first_row % 8) * 16;
  }
  LATHE_DEVICE void copy(u32 data, int step) const {
    const int column = step * 64 + piece * 8;
#pragma unroll
    for (int i = 0; i < kRowsEach; ++i) {
      const int row = first_row + i * 16;
      if (row >= p.tokens) continue;
      async_copy_16(data + offset(i), p.x + static_cast<i64>(row) * kColumns + column,
                    column < kColumns);
    }
  }

  LATHE_DEVICE void bring() const {
    wait_for_predecessor();
    Cursor at;
    int step = work.first_step;
    for (int i = 0; i < work.stages(); ++i) {
      at.wait_empty(ring);
      copy(at.data(ring), step);
      async_arrive(at.full(ring));
      at.next(ring.stages);
      step = work.step_after(step);
    }
  }

  // The norm's weight, to shared memory; missing columns are zeros.
  LATHE_DEVICE void bring_norm(u32 norm) const {
    for (int i = first_row * 8 + piece; i < kSteps * 8; i += kLoaderThreads) {
      async_copy_16(norm + i * 16, p.norm + i * 8, i * 8 < kColumns);
    }
    async_commit();
    async_wait<0>();
    named_barrier(2, kLoaderThreads);
  }
  // All loads first: their latencies overlap.
  LATHE_DEVICE void weigh(u32 data, u32 norm, float (&squares)[kRowsEach]) const {
    u32 weight[4], x[kRowsEach][4];
    load_shared(norm + piece * 16, weight);
#pragma unroll
    for (int i = 0; i < kRowsEach; ++i) load_shared(data + offset(i), x[i]);
#pragma unroll
    for (int word = 0; word < 4; ++word) {
#pragma unroll
      for (int i = 0; i < kRowsEach; ++i) {
        x[i][word] = weighed(x[i][word], weight[word], squares[i]);
      }
    }
#pragma unroll
    for (int i = 0; i < kRowsEach; ++i) {
      store_shared(data + offset(i), {x[i][0], x[i][1], x[i][2], x[i][3]});
    }
    fence_async_shared();
  }
  // A row's eight threads add what they have.
  LATHE_DEVICE void leave(const float (&squares)[kRowsEach], Squares& to) const {
#pragma unroll
    for (int i = 0; i < kRowsEach; ++i) {
      const float sum = quad_sum(squares[i]);
      const float row_sum = sum + __shfl_xor_sync(~0u, sum, 4);
      if (piece == 0) to.sum[first_row + i * 16] = row_sum;
    }
  }
  // `norm`: where a row of kSteps * 64 elements fits in shared memory. The first tile's columns are
  // summed: another tile's are the same.
  LATHE_DEVICE void bring_normed(u32 norm, Squares& squares) const {
    bring_norm(norm);
    wait_for_predecessor();
    const int stages = work.stages();
    float sums[kRowsEach] = {};
    Cursor to, at;
    int copying = work.first_step, weighing = work.first_step;
    for (int i = 0; i < stages + kAhead; ++i) {
      if (i < stages) {
        to.wait_empty(ring);
        copy(to.data(ring), copying);
        to.next(ring.stages);
        copying = work.step_after(copying);
      }
      async_commit();
      if (i < kAhead) continue;
      async_wait<kAhead>();
      weigh(at.data(ring), norm + weighing * kRowBytes, sums);
      if (i - kAhead + 1 == work.steps()) leave(sums, squares);
      barrier_arrive(at.full(ring));
      at.next(ring.stages);
      weighing = work.step_after(weighing);
    }
  }
};

}  // namespace split
