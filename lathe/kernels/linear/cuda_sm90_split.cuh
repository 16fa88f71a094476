// SPDX-License-Identifier: Apache-2.0
// The same linear layer for up to 64 tokens, normalised on the way: tiles of up to 128 rows, so
// that the tokens that come with the weights stay fewer bytes than these, cut along k so that every
// multiprocessor has work.
//
// Work: each cluster has a run of groups of 16 rows, in tiles of up to eight; its blocks (one or
// more) have equal runs of the stages (64 columns) of every tile. One warp copies weights and
// never waits for the previous kernel, two bring the stage's columns of x, one sums their squares
// for a norm (cuda_sm90_split_x.cuh), two warp groups multiply four groups of rows each: the
// weight's fragments are operand A and go through registers, the tokens are the columns of B. Where
// a tile has no more than four groups, both have all of them and take stages in turns: behind a
// wait for the previous kernel the ring is full, and is to be emptied faster than memory fills it.
// The blocks of a cluster leave their sums in their own shared memory, and each adds those of its
// share of the tokens, in the blocks' order: the same bits every time, and nothing goes through L2,
// which the next kernel's weights keep busy.
//
// Bytes: the weight once, x once a tile from L2. Flops: 2 * tokens a weight. Bound: reading memory,
// with 64 tokens L2. Resources: one block a multiprocessor; 384 threads.
//
// The prelude gives what epilogue.cuh names; kSplitXBytes.
#pragma once

#include "lathe/kernels/linear/cuda_sm90_split_x.cuh"
#include "lathe/kernels/linear/epilogue.cuh"
#include "lathe/kernels/linear/ring.cuh"
#include "lathe/kernels/ptx/cluster.cuh"
#include "lathe/kernels/ptx/copy.cuh"
#include "lathe/kernels/ptx/math.cuh"
#include "lathe/kernels/ptx/mma.cuh"
#include "lathe/kernels/ptx/wgmma.cuh"

namespace split {

constexpr int kMaxParts = 2;
constexpr int kSplitInFlightBytes = 56 * 1024;  // as ring.cuh's, measured with 64 tokens

// By one warp: lane i < 8 copies the stage's chunk of group i.
LATHE_DEVICE void stream_weights(const Ring& ring, const unsigned char* weight, Work work,
                                 int lane) {
  const u64 policy = policy_evict_first();
  Cursor at;
  InFlight in_flight = InFlight::of(ring, kSplitInFlightBytes);
  for (int i = 0; i < work.tiles; ++i) {
    const Tile tile = work.tile(i);
    const unsigned char* group =
        weight + static_cast<i64>(tile.first + lane) * kSteps * kChunkBytes;
    for (int step = work.first_step; step < work.end_step; ++step) {
      in_flight.wait(ring);
      at.wait_empty(ring);
      if (lane == 0) barrier_arrive_expect(at.full(ring), tile.count * kChunkBytes);
      __syncwarp();
      if (lane < tile.count) {
        bulk_copy(at.data(ring) + lane * kChunkBytes, group + step * kChunkBytes, kChunkBytes,
                  at.full(ring), policy);
      }
      at.next(ring.stages);
    }
  }
}

// A warp's sums: 16 rows; registers 4j … 4j + 3 of lane (g, t) are rows g and g + 8, tokens
// 8j + 2t and the next, as d0 … d3 of ptx/mma.cuh.
template <int kTokens>
using Sums = float[kTokens / 2];

// One stage of a warp group: 64 rows x 64 columns times the tokens; this warp's 16 rows are those
// of group `group` of the tile. `norm`: of this lane and step, in shared memory.
template <int kTokens>
LATHE_DEVICE void multiply(Sums<kTokens>& sums, u32 weights, u32 x, int group, u32 norm) {
  const u32 weight = weights + group * kChunkBytes + threadIdx.x % 32 * 16;
  u32 a[4][4];
#pragma unroll
  for (int k = 0; k < 4; ++k) load_shared(weight + k * 512, a[k]);
  if constexpr (kNormalize) weigh(a, norm);
  fence_async_shared();  // of the loaders' copies
  pin(sums);
  wgmma_begin();
#pragma unroll
  for (int k = 0; k < 4; ++k) {
    wgmma_64<Element, kTokens>(sums, a[k], swizzled_rows(x + k * 32));
  }
  wgmma_commit();
  wgmma_wait<0>();
  pin(sums);
}

constexpr int kGroupRows = kGated ? 8 : 16;  // of y

// The sums of a block that has all of k.
template <int kTokens>
LATHE_DEVICE void store(const Parameters& p, const Sums<kTokens>& sums, const Squares& squares,
                        int group) {
  const int lane = threadIdx.x % 32, g = lane / 4;
  const int row = group * kGroupRows + g;
#pragma unroll
  for (int i = 0; i < kTokens / 4; ++i) {
    const int token = i / 2 * 8 + lane % 4 * 2 + i % 2;
    if (token >= p.tokens || row >= kRows) continue;
    asm volatile("" ::: "memory");  // keeps the loads of other iterations out of the registers
    const float by = kNormalize ? inverse_norm(squares.sum[token]) : 1;
    const float first = sums[i / 2 * 4 + i % 2] * by, second = sums[i / 2 * 4 + 2 + i % 2] * by;
    const float value = kGated ? gated(p, first, second, row) : activated(p, first, row);
    store_value(p, token, row, value + residual_of(p, token, row));
    if (kGated || row + 8 >= kRows) continue;
    store_value(p, token, row + 8, activated(p, second, row + 8) + residual_of(p, token, row + 8));
  }
}

// Sums in shared memory: rows of a tile of one token side by side; the gap keeps a warp's writes in
// different banks.
constexpr int kSumsStride = kWarps * 16 + 4;  // floats

template <int kTokens>
LATHE_DEVICE void leave(const Sums<kTokens>& sums, float* to) {
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
#pragma unroll
  for (int i = 0; i < kTokens / 2; ++i) {
    const int token = i / 4 * 8 + lane % 4 * 2 + i % 2;
    to[token * kSumsStride + warp * 16 + lane / 4 + i % 4 / 2 * 8] = sums[i];
  }
}

// Four of a token's sums, over all blocks of the cluster and their sets in order; `address` as in
// this block.
LATHE_DEVICE float4 gather(u32 address, int parts, int sets) {
  constexpr int kMost = kMaxParts * kMaxSets;
  float4 loaded[kMost];
#pragma unroll
  for (int i = 0; i < kMost; ++i) {
    const int part = i / kMaxSets, set = i % kMaxSets;
    if (part >= parts || set >= sets) continue;
    const u32 of_set = address + set * kSetRows * sizeof(float);
    loaded[i] = load_remote_float4(remote_address(of_set, part));
  }
  float4 sum = {0, 0, 0, 0};
#pragma unroll
  for (int i = 0; i < kMost; ++i) {
    if (i / kMaxSets >= parts || i % kMaxSets >= sets) continue;
    sum = {sum.x + loaded[i].x, sum.y + loaded[i].y, sum.z + loaded[i].z, sum.w + loaded[i].w};
  }
  return sum;
}

LATHE_DEVICE float gather_inverse_norm(const Squares& squares, int token, int parts) {
  const u32 address = shared_address(&squares.sum[token]);
  float sum = 0;
#pragma unroll
  for (int i = 0; i < kMaxParts; ++i) {
    if (i < parts) sum += load_remote_float(remote_address(address, i));
  }
  return inverse_norm(sum);
}

constexpr bool kWholeQuads = kRows % 4 == 0;

// Four rows of a token, from `row`: the residual is added, y is stored.
LATHE_DEVICE void store_quad(const Parameters& p, int token, int row, const float (&values)[4]) {
  const i64 at = static_cast<i64>(token) * kRows + row;
  if constexpr (kWholeQuads && sizeof(Output) == 2) {
    if (row >= kRows) return;
    uint2 residual = {0, 0};
    if constexpr (kResidual) residual = *reinterpret_cast<const uint2*>(p.residual + at);
    using X = Numeric<Element>;
    *reinterpret_cast<uint2*>(p.y + at) = {
        X::pack(values[0] + X::low(residual.x), values[1] + X::high(residual.x)),
        X::pack(values[2] + X::low(residual.y), values[3] + X::high(residual.y))};
  } else {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      if (row + i < kRows) {
        store_value(p, token, row + i, values[i] + residual_of(p, token, row + i));
      }
    }
  }
}

// The cluster's sums of one token and four rows, finished.
LATHE_DEVICE void join(const Parameters& p, Tile tile, int token, const float* sums,
                       const Squares& squares) {
  const int sets = Sets::of(p), in_tile = threadIdx.x % (32 / sets) * 4;
  if (in_tile >= tile.count * kGroupRows) return;
  const int row = tile.first * kGroupRows + in_tile;
  const int place = kGated ? in_tile / 8 * 16 + in_tile % 8 : in_tile;
  const u32 address = shared_address(sums + token * kSumsStride + place);
  const float by = kNormalize ? gather_inverse_norm(squares, token, p.parts) : 1;
  const float4 first = gather(address, p.parts, sets);
  float values[4] = {first.x * by, first.y * by, first.z * by, first.w * by};
  float4 other = {};
  if constexpr (kGated) other = gather(address + 8 * sizeof(float), p.parts, sets);
  const float others[4] = {other.x * by, other.y * by, other.z * by, other.w * by};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    if (row + i >= kRows) continue;
    values[i] = kGated ? gated(p, values[i], others[i], row + i) : activated(p, values[i], row + i);
  }
  store_quad(p, token, row, values);
}

// The blocks of a cluster add their sums of a tile; `free` is shared memory that nobody needs once
// all warps that multiply are here.
template <int kTokens>
LATHE_DEVICE void meet(const Parameters& p, Tile tile, const Sums<kTokens>& sums,
                       const Squares& squares, float* free) {
  const int part = blockIdx.x % p.parts, sets = Sets::of(p);
  named_barrier(1, kThreads);
  if (Sets::warp(sets) < tile.count) leave<kTokens>(sums, free);
  cluster_arrive();
  cluster_wait();
  const int first = threadIdx.x / (32 / sets);  // a token a warp, two where half has its rows
  for (int i = first; part + i * p.parts < p.tokens; i += kWarps * sets) {
    join(p, tile, part + i * p.parts, free, squares);
  }
  cluster_arrive();
  cluster_wait();  // no block's memory is read any more
}

// What a block has in shared memory beside the barriers of its ring.
struct Room {
  float* free;  // the ring's memory, once all that was to be multiplied is
  u32 norm;     // its weight, where there is a norm
  const Squares& squares;
};

// A warp's way through the rings.
struct Way {
  const Rings& rings;
  Cursors at = {};
};

// This block's steps of a tile, or every other one. A warp group multiplies as a whole, or not at
// all.
template <int kTokens>
LATHE_DEVICE void sum_products(Sums<kTokens>& sums, Way& way, Work work, Tile tile, u32 norm) {
  const int sets = work.sets, warp = Sets::warp(sets), lane = threadIdx.x % 32;
  const Rings& rings = way.rings;
  Cursors& at = way.at;
  const bool needed = warp / 4 * 4 < tile.count;
  int turn = Sets::set(sets);
  for (int step = work.first_step; step < work.end_step; ++step) {
    if (turn == 0) {
      at.wait_full(rings);
      if (needed) {
        multiply<kTokens>(sums, at.weights.data(rings.weights), at.x.data(rings.x),
                          warp < tile.count ? warp : 0, norm + step * 128 + lane % 4 * 32);
      } else {
        __syncwarp();  // no lane is still waiting for what is given away
      }
      if (lane == 0) at.release(rings);
      turn = sets;
    }
    --turn;
    at.next(rings);
  }
}

// REQUIRES: one tile where a cluster has several blocks.
template <int kTokens>
LATHE_DEVICE void consume(const Rings& rings, const Parameters& p, Work work, const Room& room) {
  const int warp = threadIdx.x / 32;
  Way way = {rings};
  for (int i = 0; i < work.tiles; ++i) {
    const Tile tile = work.tile(i);
    Sums<kTokens> sums = {};
    sum_products<kTokens>(sums, way, work, tile, room.norm);
    if (kNormalize && i == 0) named_barrier(kSquaresBarrier, kSquaresThreads);
    if (p.parts > 1 || work.sets > 1) {
      meet<kTokens>(p, tile, sums, room.squares, room.free);
    } else if (warp < tile.count) {
      store<kTokens>(p, sums, room.squares, tile.first + warp);
    }
  }
}

// A warp beside those that multiply.
template <int kTokens>
LATHE_DEVICE void help(const Rings& rings, const Parameters& p, Work work, Squares& squares) {
  const int helper = static_cast<int>(threadIdx.x) - kThreads;
  if (helper < kLoaderThreads) {
    wait_for_predecessor();
    stream_x<kTokens>(rings.x, p, work, helper);
  } else if (helper < kLoaderThreads + 32) {
    stream_weights(rings.weights, p.weight, work, helper % 32);
  } else if constexpr (kNormalize) {
    sum_squares<kTokens>(rings.x, work, squares);
  }
}

template <int kTokens>
LATHE_DEVICE void run(const Parameters& p) {
  extern __shared__ __align__(128) unsigned char shared[];
  __shared__ Squares squares;
  unsigned char* begin = shared + (-shared_address(shared) & 1023);  // swizzled rows want kilobytes
  const u32 x_bytes = kTokens * kRowBytes, weight_bytes = p.tile_groups * kChunkBytes;
  const u32 readers = kWarps / Sets::of(p);
  __shared__ RingBarriers weights, x;
  const Rings rings = {Ring::make(weights, shared_address(begin) + kSplitXBytes, weight_bytes,
                                  p.stages, {1, readers}),
                       Ring::make(x, shared_address(begin), x_bytes, kXStages<kTokens>,
                                  {kLoaderThreads, readers + (kNormalize ? 1 : 0)})};
  const Work work = Work::of_block(p);
  launch_dependents();
  if (threadIdx.x >= kThreads) {
    help<kTokens>(rings, p, work, squares);
  } else {
    unsigned char* norm = begin + kSplitXBytes + p.stages * weight_bytes;
    if constexpr (kNormalize) bring_norm<kThreads>(p, reinterpret_cast<u32*>(norm));
    wait_for_predecessor();
    consume<kTokens>(rings, p, work,
                     {reinterpret_cast<float*>(begin), shared_address(norm), squares});
  }
}

}  // namespace split

#define LATHE_SPLIT(name, tokens)                      \
  extern "C" __global__ void __launch_bounds__(384, 1) \
      name(const __grid_constant__ Parameters p) {     \
    split::run<tokens>(p);                             \
  }
LATHE_SPLIT(linear_split_16, 16)
LATHE_SPLIT(linear_split_32, 32)
LATHE_SPLIT(linear_split_64, 64)
#undef LATHE_SPLIT
