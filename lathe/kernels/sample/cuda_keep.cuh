// SPDX-License-Identifier: Apache-2.0
// Which tokens top-k and top-p keep: those above a key, and of those at the key the first few. The
// key is found digit by digit of 8 bits from histograms of counts and weights; nothing is sorted.
#pragma once

#include "lathe/kernels/sample/cuda_row.cuh"

namespace sampler {

// Tokens whose key (`ordered` of the scaled logit) is greater than `key`, and `ties` of those that
// have it: equals weigh the same, lower ids come first.
struct Kept {
  u32 key;
  u64 ties;
};

// Counts and weights of the tokens that have `prefix` above the digit at `shift`, by their digit;
// of the tokens at `limit.key` only `limit.ties`, below it none. Summed over the cluster, and along
// the digits from the greatest.
LATHE_DEVICE void fill_histograms(const Slice& slice, Shared& shared, u32 prefix, int shift,
                                  const Kept& limit) {
  if (threadIdx.x < 256) {
    shared.counts[threadIdx.x] = 0;
    shared.weights[threadIdx.x] = 0;
  }
  __syncthreads();
  const u32 above = shift == 24 ? 0 : ~0u << (shift + 8);
  for (int i = threadIdx.x; i < slice.size; i += kThreads) {
    const u32 key = ordered(slice.values[i]);
    if ((key & above) != prefix || key <= limit.key) continue;
    atomicAdd(&shared.counts[key >> shift & 255], 1u);
    atomicAdd(&shared.weights[key >> shift & 255], weight_of(slice.values[i]));
  }
  if (blockIdx.x == 0 && threadIdx.x == 0 && (limit.key & above) == prefix) {
    atomicAdd(&shared.counts[limit.key >> shift & 255], static_cast<u32>(limit.ties));
    atomicAdd(&shared.weights[limit.key >> shift & 255],
              limit.ties * weight_of(unordered(limit.key)));
  }
  cluster_barrier();
  if (threadIdx.x < 256) {
    u32 count = 0;
    u64 weight = 0;
    for (u32 rank = 0; rank < kBlocks; ++rank) {
      count += load_remote(&shared.counts[threadIdx.x], rank);
      weight += load_remote(&shared.weights[threadIdx.x], rank);
    }
    shared.all_counts[threadIdx.x] = count;
    shared.all_weights[threadIdx.x] = weight;
  }
  cluster_barrier();
}

// The greatest digit at which the sum from digit 255 downwards reaches `wanted`, or 0; takes what
// lies above it off `wanted`. By a whole warp: lane l has digits 255 - 8l … 248 - 8l.
template <class T>
LATHE_DEVICE u32 find_digit(const T* all, u64& wanted) {
  const int lane = threadIdx.x % 32;
  u64 own = 0;
#pragma unroll
  for (int i = 0; i < 8; ++i) own += all[255 - lane * 8 - i];
  u64 sum = own;
#pragma unroll
  for (int offset = 1; offset < 32; offset *= 2) {
    const u64 other = __shfl_up_sync(~0u, sum, offset);
    if (lane >= offset) sum += other;
  }
  const u32 reached = __ballot_sync(~0u, sum >= wanted);
  const int owner = reached == 0 ? 31 : __ffs(reached) - 1;
  wanted -= __shfl_sync(~0u, sum - own, owner);
  u32 digit = 255 - owner * 8;
  for (int i = 0; i < 7 && all[digit] < wanted; ++i) wanted -= all[digit--];
  return digit;
}

// All digits' sum, by a whole warp.
LATHE_DEVICE u64 total_of(const u64* all) {
  u64 sum = 0;
#pragma unroll 1
  for (int i = threadIdx.x % 32; i < 256; i += 32) sum += all[i];
#pragma unroll
  for (int offset = 16; offset > 0; offset /= 2) sum += __shfl_xor_sync(~0u, sum, offset);
  return sum;
}

// The tokens of the limit, greatest first, until their measure (a count, or a weight) reaches
// `wanted`, which all of them do. REQUIRES: wanted > 0.
template <bool kByWeight>
LATHE_DEVICE Kept keep(const Slice& slice, Shared& shared, u64 wanted, const Kept& limit) {
  u32 prefix = 0;
  for (int shift = 24; shift >= 0; shift -= 8) {
    fill_histograms(slice, shared, prefix, shift, limit);
    const u32 digit =
        kByWeight ? find_digit(shared.all_weights, wanted) : find_digit(shared.all_counts, wanted);
    prefix |= digit << shift;  // the same in all threads
    __syncthreads();
  }
  const u64 each = kByWeight ? weight_of(unordered(prefix)) : 1;
  return {prefix, each == 0 ? 0 : (wanted + each - 1) / each};
}

}  // namespace sampler
