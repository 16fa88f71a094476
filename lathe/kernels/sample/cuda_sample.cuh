// SPDX-License-Identifier: Apache-2.0
// One token from every row of logits: penalties, temperature, top-k, top-p, min-p, a draw.
//
// Work: a cluster of eight blocks a row, each with an eighth of it: the greatest logit is found as
// it is loaded, other passes read it from shared memory; blocks meet through distributed shared
// memory. Bytes: the logits once. Bound: of greedy rows reading L2, of others latency: of the
// cluster's barriers (one for the greatest, five for each of top-k and top-p, two for the draw) and
// of exp. Resources: vocab / 2 bytes of shared memory.
//
// Idea: selection by radix instead of a sort, weights in fixed point.
#pragma once

#include "lathe/kernels/ptx/random.cuh"
#include "lathe/kernels/ptx/sync.cuh"
#include "lathe/kernels/sample/cuda_feed.cuh"
#include "lathe/kernels/sample/cuda_keep.cuh"

namespace sampler {

constexpr u64 kStream = 0x73616d706c657230;  // runtime/sampler's

// The greatest of the logits that were seen, in ascending order of their ids, and the lowest id of
// equals.
struct Greatest {
  u32 key = 0;
  int id = 0;

  LATHE_DEVICE void see(float logit, int its_id) {
    const u32 its_key = ordered(__fadd_rn(logit, 0.0f));  // -0 becomes 0, a NaN the greatest of all
    if (its_key <= key) return;
    key = its_key;
    id = its_id;
  }
  // To compare with other threads': key << 32 | ~id, or all ones where a NaN was among them.
  LATHE_DEVICE u64 rank() const {
    return key == ~u32{0} ? ~u64{0} : u64{key} << 32 | static_cast<u32>(~id);
  }
};

// Whether passes follow that look at single logits: else the greatest is all that is asked for.
LATHE_DEVICE bool needs_values(const Options& o) { return o.temperature > 0 || o.seen != nullptr; }

// The greatest rank of this thread's part of the slice, in units of one or four logits, which are
// stored on the way where they are needed.
template <class Unit>
LATHE_DEVICE u64 load_units(const float* row, const Options& o, const Slice& slice) {
  constexpr int kWidth = sizeof(Unit) / 4, kBatch = 8;  // units under way together
  const int units = slice.size / kWidth;
  Greatest best;
#pragma unroll 1
  for (int first = threadIdx.x; first < units; first += kThreads * kBatch) {
    Unit batch[kBatch];
#pragma unroll
    for (int j = 0; j < kBatch; ++j) {
      const int unit = first + j * kThreads;
      if (unit < units) batch[j] = reinterpret_cast<const Unit*>(row)[unit];
    }
#pragma unroll
    for (int j = 0; j < kBatch; ++j) {
      const int unit = first + j * kThreads;
      if (unit >= units) break;
      if (needs_values(o)) reinterpret_cast<Unit*>(slice.values)[unit] = batch[j];
#pragma unroll
      for (int k = 0; k < kWidth; ++k) {
        const float logit = reinterpret_cast<const float*>(&batch[j])[k];
        best.see(logit, slice.first + unit * kWidth + k);
      }
    }
  }
  return best.rank();
}

// Rows that are units of four begin at multiples of 16 bytes, and so do their slices.
LATHE_DEVICE u64 load(const Parameters& p, const Options& o, const Slice& slice) {
  const float* row = p.logits + static_cast<i64>(blockIdx.y) * p.vocab + slice.first;
  const bool in_fours = p.vocab % 4 == 0 && (reinterpret_cast<u64>(p.logits) & 15) == 0;
  const u64 best = in_fours ? load_units<float4>(row, o, slice) : load_units<float>(row, o, slice);
  __syncthreads();
  return best;
}

// repetition: positive logits are divided, negative ones multiplied. presence, frequency:
// subtracted. No product is contracted with a sum: the host rounds both.
LATHE_DEVICE void apply_penalties(const Options& o, const Slice& slice) {
  for (int i = threadIdx.x; i < o.num_seen; i += kThreads) {
    const Seen seen = o.seen[i];
    if (seen.id < slice.first || seen.id >= slice.first + slice.size) continue;
    float& logit = slice.values[seen.id - slice.first];
    logit =
        logit > 0 ? __fdiv_rn(logit, o.repetition_penalty) : __fmul_rn(logit, o.repetition_penalty);
    if (seen.generated == 0) continue;
    const float often = __fmul_rn(o.frequency_penalty, static_cast<float>(seen.generated));
    logit = __fsub_rn(logit, __fadd_rn(o.presence_penalty, often));
  }
  __syncthreads();
}

// What `load` found, of changed values.
LATHE_DEVICE u64 greatest_value(const Slice& slice) {
  Greatest best;
  for (int i = threadIdx.x; i < slice.size; i += kThreads) {
    best.see(slice.values[i], slice.first + i);
  }
  return best.rank();
}

// The tokens that top-k and, of what that leaves, top-p keep.
LATHE_DEVICE Kept keep_likely(const Parameters& p, const Options& o, const Slice& slice,
                              Shared& shared) {
  Kept kept{0, 0};  // all
  if (o.top_k > 0 && o.top_k < p.vocab) {
    kept = keep<false>(slice, shared, {static_cast<u64>(o.top_k), 0}, kept);
  }
  if (o.top_p < 1) kept = keep<true>(slice, shared, {0, static_cast<double>(o.top_p)}, kept);
  return kept;
}

// How many tokens before this thread's run have the key.
LATHE_DEVICE u64 first_tie(const Slice& slice, u32 key, const Range& run, Shared& shared) {
  u64 ties = 0;
#pragma unroll 4
  for (int i = run.begin; i < run.end; ++i) ties += ordered(slice.values[i]) == key;
  return place_of(ties, shared, shared.exchange[1]).before;
}

// The kept tokens lie side by side in the order of their ids, as long as their weights; the token
// at `point` of that line, a fraction in units of 2^-64, is drawn.
LATHE_DEVICE void draw(const Options& o, const Slice& slice, const Kept& kept, u64 point,
                       Shared& shared) {
  const Range run = run_of_thread(slice.size);
  const u64 first_rank = kept.key == 0 ? 0 : first_tie(slice, kept.key, run, shared);
  u64 rank = first_rank;
  const auto weight = [&](int i) -> u64 {
    const u32 key = ordered(slice.values[i]);
    if (key < kept.key || (key == kept.key && rank++ >= kept.ties)) return 0;
    return expf(slice.values[i]) >= o.min_p ? weight_of(slice.values[i]) : 0;
  };
  u64 sum = 0;
#pragma unroll 4
  for (int i = run.begin; i < run.end; ++i) sum += weight(i);
  const Place place = place_of(sum, shared, shared.exchange[2]);
  point = __umul64hi(point, place.total);
  if (point < place.before || point >= place.before + sum) return;
  rank = first_rank;
  u64 end = place.before;
  int i = run.begin - 1;
  while (end <= point) end += weight(++i);
  shared.token = slice.first + i;
}

LATHE_DEVICE void sample_likely(const Parameters& p, const Options& o, const Slice& slice,
                                float greatest, Shared& shared) {
  for (int i = threadIdx.x; i < slice.size; i += kThreads) {
    slice.values[i] = __fdiv_rn(__fsub_rn(slice.values[i], greatest), o.temperature);
  }
  __syncthreads();
  const Kept kept = keep_likely(p, o, slice, shared);
  const Vec4 words = philox(o.seed, kStream, static_cast<u64>(p.positions[blockIdx.y]));
  draw(o, slice, kept, (u64{words.x} << 32 | words.y) >> 11 << 11, shared);
}

// The token joins those that the sequence holds; by the block that has found it.
LATHE_DEVICE void remember(Options& o, i32 token) {
  __shared__ int found;
  if (threadIdx.x == 0) found = 0;
  __syncthreads();
  const int count = o.seen == nullptr ? 0 : o.num_seen;
  for (int i = threadIdx.x; i < count; i += kThreads) {
    if (o.seen[i].id != token) continue;
    ++o.seen[i].generated;
    found = 1;
  }
  __syncthreads();
  if (threadIdx.x == 0 && found == 0 && o.seen != nullptr && count < o.capacity) {
    o.seen[count] = {token, 1};
    o.num_seen = count + 1;
  }
}

}  // namespace sampler

// Two blocks a multiprocessor: with the choice left to it, the compiler spills to fit three.
extern "C" __global__ void __launch_bounds__(sampler::kThreads, 2)
    sample(const __grid_constant__ sampler::Parameters p) {
  using namespace sampler;
  extern __shared__ __align__(16) float values[];
  __shared__ Shared shared;
  launch_dependents();
  wait_for_predecessor();
  const Options o = p.options[blockIdx.y];
  if (p.positions[blockIdx.y] <= 0) return;  // the same for all blocks of a cluster
  const Slice slice = Slice::of_block(p, values);
  if (threadIdx.x == 0) shared.token = -1;
  u64 best = load(p, o, slice);
  if (o.seen != nullptr) {
    apply_penalties(o, slice);
    best = greatest_value(slice);
  }
  best = greatest_of(best, shared, shared.exchange[0]);
  const float greatest = unordered(static_cast<u32>(best >> 32));
  const bool valid = best != ~u64{0} && fabsf(greatest) <= 3.402823466e38f;
  if (valid && o.temperature > 0) {
    sample_likely(p, o, slice, greatest, shared);
  } else if (blockIdx.x == 0 && threadIdx.x == 0) {
    shared.token = static_cast<i32>(~static_cast<u32>(best));
  }
  cluster_barrier();             // all have read what they need of each other
  if (shared.token < 0) return;  // another block has it
  const i32 token = valid ? shared.token : -1;
  if (threadIdx.x == 0) {
    p.tokens[blockIdx.y] = token;
    if (p.host_tokens != nullptr) p.host_tokens[blockIdx.y] = token;
  }
  if (valid) remember(p.options[blockIdx.y], token);
}
