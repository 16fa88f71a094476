// SPDX-License-Identifier: Apache-2.0
// How drawn tokens and inputs come into a step: `feed` for one whose inputs were copied, `take` for
// a captured one, which fetches them from the host's memory itself.
#pragma once

#include "lathe/kernels/ptx/copy.cuh"
#include "lathe/kernels/ptx/sync.cuh"

namespace sampler {

constexpr int kFeedThreads = 256;

// Below zero, an id is ~row of the draw. A draw from logits that were no numbers counts as token 0:
// the host refuses the sequence once it knows.
LATHE_DEVICE i32 token_of(i32 id, const i32* drawn) {
  if (id >= 0) return id;
  const i32 token = drawn[~id];
  return token < 0 ? 0 : token;
}

// A step's token ids and the tokens that were drawn last.
struct Feed {
  i32* ids;
  const i32* drawn;
  i32 count;
};

struct Take {
  const Vec4* stages[2];  // the host's memory
  Vec4* inputs;
  u32* turns;  // one a block: how often it has taken
  const i32* drawn;
  i32 units;              // of 16 bytes
  i32 first_id, num_ids;  // among the inputs' numbers
};

LATHE_DEVICE Vec4 with_tokens(const Take& p, int unit, const Vec4& numbers) {
  i32 ids[4] = {static_cast<i32>(numbers.x), static_cast<i32>(numbers.y),
                static_cast<i32>(numbers.z), static_cast<i32>(numbers.w)};
  const int first = unit * 4 - p.first_id;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    if (first + i >= 0 && first + i < p.num_ids) ids[i] = token_of(ids[i], p.drawn);
  }
  return {static_cast<u32>(ids[0]), static_cast<u32>(ids[1]), static_cast<u32>(ids[2]),
          static_cast<u32>(ids[3])};
}

}  // namespace sampler

// Tokens that only the device knows so far take their places in the next step. One block.
extern "C" __global__ void __launch_bounds__(sampler::kFeedThreads)
    feed(const __grid_constant__ sampler::Feed p) {
  launch_dependents();
  wait_for_predecessor();
  for (int i = threadIdx.x; i < p.count; i += sampler::kFeedThreads) {
    p.ids[i] = sampler::token_of(p.ids[i], p.drawn);
  }
}

// The inputs of a step, drawn tokens among them. Every launch has the same blocks, and each counts
// its turns for itself: nobody waits for another block.
//
// Bound: latency of the bus, once for all loads of a thread.
extern "C" __global__ void __launch_bounds__(sampler::kFeedThreads)
    take(const __grid_constant__ sampler::Take p) {
  using sampler::kFeedThreads;
  constexpr int kBatch = 4;  // under way together
  launch_dependents();
  wait_for_predecessor();
  const u32 turn = p.turns[blockIdx.x];
  const Vec4* stage = turn % 2 == 0 ? p.stages[0] : p.stages[1];
  const int stride = static_cast<int>(gridDim.x) * kFeedThreads;
  for (int first = blockIdx.x * kFeedThreads + threadIdx.x; first < p.units;
       first += stride * kBatch) {
    Vec4 batch[kBatch];
#pragma unroll
    for (int i = 0; i < kBatch; ++i) {
      if (first + i * stride < p.units) batch[i] = load_host(stage + first + i * stride);
    }
#pragma unroll
    for (int i = 0; i < kBatch; ++i) {
      const int unit = first + i * stride;
      if (unit < p.units) p.inputs[unit] = sampler::with_tokens(p, unit, batch[i]);
    }
  }
  __syncthreads();  // all have read whose turn it is
  if (threadIdx.x == 0) p.turns[blockIdx.x] = turn + 1;
}
