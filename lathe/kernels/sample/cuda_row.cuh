// SPDX-License-Identifier: Apache-2.0
// What the sampler's blocks of one row share: the row's options, exchange inside the cluster, sums
// and ranks in the order of the vocabulary.
//
// A block holds a slice of the row in shared memory, a thread a run of it: kRun elements, an odd
// number, so that threads which walk their runs together meet different banks.
#pragma once

#include "lathe/kernels/ptx/cluster.cuh"
#include "lathe/kernels/ptx/index.cuh"

namespace sampler {

constexpr int kBlocks = 8;  // of a cluster
constexpr int kThreads = 512;
constexpr int kWarps = kThreads / 32;

struct Seen {
  i32 id, generated;
};
struct Options {
  float temperature;
  i32 top_k;
  float top_p, min_p;
  float repetition_penalty, presence_penalty, frequency_penalty;
  i32 num_seen, capacity;
  u64 seed;
  Seen* seen;
};
struct Parameters {
  const float* logits;  // [rows, vocab]
  Options* options;
  const i32* positions;
  i32* tokens;
  i32* host_tokens;  // or null
  i32 vocab, slice;  // slice: of a block
};

struct Shared {
  u64 exchange[3];        // what other blocks read, by purpose: each is written once
  u64 warps[kWarps + 1];  // sums of a block
  u32 parts[2][3][256];   // histograms of an even and an odd step (cuda_keep.cuh)
  u64 ties[2][256];
  u64 all[256];  // the cluster's
  i32 token;
};

// A block's part of the row: ids first … first + size - 1.
struct Slice {
  float* values;  // in shared memory
  int first, size;

  LATHE_DEVICE static Slice of_block(const Parameters& p, float* values) {
    const int first = blockIdx.x * p.slice, left = p.vocab - first;
    return {values, first, left < 0 ? 0 : left < p.slice ? left : p.slice};
  }
};

LATHE_DEVICE void cluster_barrier() {
  cluster_arrive();
  cluster_wait();
}
LATHE_DEVICE u64 load_remote(const u64* place, u32 rank) {
  u64 out;
  asm volatile("ld.shared::cluster.u64 %0, [%1];"
               : "=l"(out)
               : "r"(remote_address(shared_address(place), rank))
               : "memory");
  return out;
}
LATHE_DEVICE u32 load_remote(const u32* place, u32 rank) {
  u32 out;
  asm volatile("ld.shared::cluster.u32 %0, [%1];"
               : "=r"(out)
               : "r"(remote_address(shared_address(place), rank))
               : "memory");
  return out;
}

// Floats in the order of unsigned integers.
LATHE_DEVICE u32 ordered(float value) {
  const u32 bits = __float_as_uint(value);
  return bits ^ (static_cast<u32>(static_cast<i32>(bits) >> 31) | 0x80000000u);
}
LATHE_DEVICE float unordered(u32 key) {
  return __uint_as_float((key & 0x80000000u) != 0 ? key & 0x7fffffffu : ~key);
}

// A weight exp(x), x <= 0, in units of 2^-44: sums over a vocabulary fit 64 bits and do not depend
// on their order.
LATHE_DEVICE u64 weight_of(float x) { return static_cast<u64>(expf(x) * 17592186044416.0f); }

struct Range {
  int begin, end;  // of the slice
};
LATHE_DEVICE Range run_of_thread(int size) {
  const int run = (size + kThreads - 1) / kThreads | 1;
  const int begin = static_cast<int>(threadIdx.x) * run;
  return {begin < size ? begin : size, begin + run < size ? begin + run : size};
}

// The sum of `value` over all threads before this one, the cluster's blocks in order, and over all.
// A block may not end before the others have read: the kernel's last barrier.
struct Place {
  u64 before, total;
};
LATHE_DEVICE Place place_of(u64 value, Shared& shared, u64& exchange) {
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  u64 sum = value;
#pragma unroll
  for (int offset = 1; offset < 32; offset *= 2) {
    const u64 other = __shfl_up_sync(~0u, sum, offset);
    if (lane >= offset) sum += other;
  }
  __syncthreads();  // an earlier call may still read
  if (lane == 31) shared.warps[warp] = sum;
  __syncthreads();
  u64 before = sum - value, block = 0;
#pragma unroll 4
  for (int i = 0; i < kWarps; ++i) {
    if (i < warp) before += shared.warps[i];
    block += shared.warps[i];
  }
  if (threadIdx.x == 0) exchange = block;
  cluster_barrier();
  u64 total = 0;
#pragma unroll 2
  for (u32 rank = 0; rank < kBlocks; ++rank) {
    const u64 other = load_remote(&exchange, rank);
    if (rank < blockIdx.x) before += other;
    total += other;
  }
  return {before, total};
}

// The greatest of all threads of the cluster.
LATHE_DEVICE u64 greatest_of(u64 value, Shared& shared, u64& exchange) {
#pragma unroll
  for (int offset = 16; offset > 0; offset /= 2) {
    const u64 other = __shfl_xor_sync(~0u, value, offset);
    value = other > value ? other : value;
  }
  __syncthreads();
  if (threadIdx.x % 32 == 0) shared.warps[threadIdx.x / 32] = value;
  __syncthreads();
  if (threadIdx.x == 0) {
    for (int i = 1; i < kWarps; ++i) value = shared.warps[i] > value ? shared.warps[i] : value;
    exchange = value;
  }
  cluster_barrier();
  value = load_remote(&exchange, threadIdx.x % kBlocks);  // a lane a block
#pragma unroll
  for (int offset = kBlocks / 2; offset > 0; offset /= 2) {
    const u64 other = __shfl_xor_sync(~0u, value, offset);
    value = other > value ? other : value;
  }
  return value;
}

}  // namespace sampler
