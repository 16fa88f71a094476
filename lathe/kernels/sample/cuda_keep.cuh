// SPDX-License-Identifier: Apache-2.0
// Which tokens top-k and top-p keep: those above a key, and of those at the key the first few. The
// key is found step by step from histograms of counts or weights; nothing is sorted.
//
// The first step has bins of an eighth of a logit, which spread a vocabulary, then come the key's
// four digits of 8 bits, for the few tokens of one bin.
#pragma once

#include "lathe/kernels/sample/cuda_row.cuh"

namespace sampler {

// Tokens whose key (`ordered` of the scaled logit) is greater than `key`, and `ties` of those that
// have it: equals weigh the same, lower ids come first.
struct Kept {
  u32 key;
  u64 ties;
};

// Greatest logits in bin 255; monotone.
LATHE_DEVICE u32 bin_of(float x) { return x > -31.875f ? 255 - static_cast<u32>(x * -8) : 0; }

// Where the search has come: nothing is known (step 0), the bin, or the first digits of the key.
struct Search {
  int step = 0;
  u32 bin = 0, prefix = 0;

  LATHE_DEVICE int shift() const { return 32 - step * 8; }
  LATHE_DEVICE bool has(float x, u32 key) const {
    if (step == 0) return true;
    const u32 known = step == 1 ? 0 : ~u32{0} << (shift() + 8);
    return bin_of(x) == bin && (key & known) == prefix;
  }
  LATHE_DEVICE u32 digit(float x, u32 key) const {
    return step == 0 ? bin_of(x) : key >> shift() & 255;
  }
  LATHE_DEVICE void take(u32 digit) {
    if (step == 0) bin = digit;
    if (step > 0) prefix |= digit << shift();
    ++step;
  }
};

// A measure in three parts of 15 bits: sums over a slice of at most 2^17 tokens fit 32 bits each,
// which shared memory adds at once.
template <bool kByWeight>
LATHE_DEVICE void add_measure(u32 (&parts)[3][256], u32 digit, u64 measure) {
#pragma unroll
  for (int part = 0; part < (kByWeight ? 3 : 1); ++part) {
    atomicAdd(&parts[part][digit], static_cast<u32>(measure >> part * 15) & 32767);
  }
}

template <bool kByWeight>
LATHE_DEVICE u64 measure_of(float x) {
  return kByWeight ? weight_of(x) : 1;
}

// The measure of the limit's tokens that the search has still to tell apart, by their next digit.
// Steps alternate between two histograms, so that one barrier a step is enough: who writes the next
// but one has passed the barrier of the next, before which this one was read.
// Summed over the cluster. Of the tokens at `limit.key` only `limit.ties` count, those below not.
template <bool kByWeight>
LATHE_DEVICE void fill_histogram(const Slice& slice, Shared& shared, const Search& search,
                                 const Kept& limit) {
  u32(&parts)[3][256] = shared.parts[search.step % 2];
  u64(&ties)[256] = shared.ties[search.step % 2];
  for (int i = threadIdx.x; i < 3 * 256; i += kThreads) parts[i / 256][i % 256] = 0;
  if (threadIdx.x < 256) ties[threadIdx.x] = 0;
  __syncthreads();
#pragma unroll 4
  for (int i = threadIdx.x; i < slice.size; i += kThreads) {
    const float x = slice.values[i];
    const u32 key = ordered(x);
    if (key > limit.key && search.has(x, key)) {
      add_measure<kByWeight>(parts, search.digit(x, key), measure_of<kByWeight>(x));
    }
  }
  const float tie = unordered(limit.key);
  if (blockIdx.x == 0 && threadIdx.x == 0 && limit.ties > 0 && search.has(tie, limit.key)) {
    ties[search.digit(tie, limit.key)] = limit.ties * measure_of<kByWeight>(tie);
  }
  cluster_barrier();
  if (threadIdx.x < 256) {
    u64 sum = 0;
#pragma unroll 4
    for (u32 rank = 0; rank < kBlocks; ++rank) {
      sum += load_remote(&ties[threadIdx.x], rank);
#pragma unroll
      for (int part = 0; part < 3; ++part) {
        sum += u64{load_remote(&parts[part][threadIdx.x], rank)} << part * 15;
      }
    }
    shared.all[threadIdx.x] = sum;
  }
  __syncthreads();
}

// The greatest digit at which the sum from digit 255 downwards reaches `wanted`, or 0; takes what
// lies above it off `wanted`. By a whole warp: lane l has digits 255 - 8l … 248 - 8l.
LATHE_DEVICE u32 find_digit(const u64* all, u64& wanted) {
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

// What is wanted of the whole: a number of tokens, or a share of the weight.
struct Wanted {
  u64 count;
  double share;
  template <bool kByWeight>
  LATHE_DEVICE u64 of(u64 total) const {
    if constexpr (!kByWeight) return count < total ? count : total;
    const double weight = ceil(share * static_cast<double>(total));
    return weight < 1 ? 1 : static_cast<u64>(weight);
  }
};

// The tokens of the limit, greatest first, until they measure what is wanted.
template <bool kByWeight>
LATHE_DEVICE Kept keep(const Slice& slice, Shared& shared, const Wanted& wanted,
                       const Kept& limit) {
  Search search;
  u64 left = 0;
  if (limit.key != 0) cluster_barrier();  // an earlier search may still be read
#pragma unroll 1
  while (search.step < 5) {
    fill_histogram<kByWeight>(slice, shared, search, limit);
    if (search.step == 0) left = wanted.of<kByWeight>(total_of(shared.all));
    search.take(find_digit(shared.all, left));  // the same in all threads
    __syncthreads();
  }
  const u64 each = measure_of<kByWeight>(unordered(search.prefix));
  return {search.prefix, each == 0 ? 0 : (left + each - 1) / each};
}

}  // namespace sampler
