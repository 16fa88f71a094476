// SPDX-License-Identifier: Apache-2.0
// Attention of one new token a sequence over its paged cache, with the rotary embedding of its
// query and key and the cache's write in the same launch.
//
// Work: block (split, kv head and group of up to 8 query heads, sequence); the splits of one
// sequence and head are a cluster. A sequence's visible tokens are cut into stripes of 16, dealt
// out in order to the four warps of every split. A warp streams its stripes through a ring of its
// own (a stripe's keys, then its values, and so on) without any barrier: scores^T = K q^T with the
// tokens as the 16 rows of operand A and the query heads as the 8 columns of B, an online softmax
// a warp, out^T = V^T p^T. Warps meet in shared memory, splits in that of the block that owns a
// result, and merge in order: the same bits always. Nothing goes through L2, which the next
// kernel's weights keep busy.
//
// Where kFused is false (paged_attention) nothing is rotated or written, and the wait comes first.
// Else, before griddepcontrol.wait, the ring fills with older tokens: nothing that still runs may
// write them (block copies are separated by a full dependency). The newest key and value go from
// the projection straight into the ring and the cache.
//
// Bytes: keys and values once. Flops: 4 * head_dim * 8 a cached token and kv head. Bound: reading
// memory where sequences are many, the chain of latencies where one is short. Resources: kSlots * 4
// * 16 rows of shared memory, chosen so that a block fits beside one of a short linear layer for 9
// to 16 tokens.
//
// Ideas: tokens as rows and the group of heads as columns, merge of the splits in the same kernel:
// XQA (NVIDIA, Apache-2.0); split over the sequence: Dao et al., Flash-Decoding, 2023.
//
// The prelude gives: Element; kFused; kHeads, kKvHeads, kHeadDim, kBlock; kRotary, kInterleaved,
// kMagnitude, turns_of(pair, length); kScale, kWindow, kSinks, kSoftCap, kAlibi, kSlopes.
#pragma once

#include "lathe/kernels/paged_attention/scores.cuh"
#include "lathe/kernels/ptx/cluster.cuh"
#include "lathe/kernels/ptx/copy.cuh"
#include "lathe/kernels/ptx/math.cuh"
#include "lathe/kernels/ptx/mma.cuh"
#include "lathe/kernels/rope/rotation.cuh"
#include "lathe/kernels/rope_paged_attention/step.cuh"

namespace generation {

constexpr int kGroup = kHeads / kKvHeads;
constexpr int kQueries = kGroup < 8 ? kGroup : 8;                // heads of a block
constexpr int kGroupParts = (kGroup + kQueries - 1) / kQueries;  // blocks of a group
constexpr int kWarps = 4;
constexpr int kThreads = kWarps * 32;
constexpr int kStripe = 16;               // tokens
constexpr int kRowChunks = kHeadDim / 8;  // of 16 bytes
// Rows of a stripe lie in different banks: 16-byte chunks of row r are swizzled by r where a row
// has a multiple of eight, else a gap makes their number odd.
constexpr bool kSwizzled = kRowChunks % 8 == 0;
constexpr u32 kRowBytes = kHeadDim * 2 + (kSwizzled ? 0 : 16);
constexpr u32 kStripeBytes = kStripe * kRowBytes;
constexpr int kQueryStride = (kHeadDim + 31) / 32 * 32 + 8;  // elements, the same for load_matrix
constexpr int kMergeStride = kHeadDim + 4;                   // floats

// Where a chunk of a stripe's row lies, in bytes.
LATHE_DEVICE u32 chunk_offset(int row, int chunk) {
  return row * kRowBytes + (kSwizzled ? chunk ^ row % 8 : chunk) * 16;
}

struct Shared {
  Element raw[kQueries + 2][kHeadDim];  // queries, key, value as they come
  Element queries[8][kQueryStride];     // rotated
  Element key[kHeadDim];
  float2 rotation[kRotary / 2 + 1];  // cos, sin
  float maxima[kWarps][8], sums[kWarps][8];
};

// What a block works on.
struct Task {
  int sequence, kv_head, part, length;
  Visible<kStripe> stripes;

  LATHE_DEVICE static Task of(const Parameters& p) {
    Task task;
    task.sequence = blockIdx.z;
    task.kv_head = blockIdx.y / kGroupParts;
    task.part = blockIdx.y % kGroupParts;
    task.length = p.lengths[task.sequence];
    task.stripes = Visible<kStripe>::of(task.length - 1, task.length - 1);
    return task;
  }
  LATHE_DEVICE int first_head() const { return kv_head * kGroup + part * kQueries; }
  LATHE_DEVICE int num_heads() const {
    const int left = kGroup - part * kQueries;
    return left < kQueries ? left : kQueries;
  }
  LATHE_DEVICE i64 row(const Parameters& p, int token) const {
    return cache_row(p, sequence, kv_head, token);
  }
};

// One warp's stripes and its ring of half stripes: keys of the first, its values, keys of the
// second …
template <int kSlots>
struct Stream {
  const Parameters& p;
  const Task& task;
  u32 ring;        // shared address
  int end;         // stripes, by their number among the visible ones
  int next, half;  // to be loaded
  int write_slot, read_slot;
  u64 policy = policy_evict_first();  // what the layers around need stays in L2

  LATHE_DEVICE Stream(const Parameters& parameters, const Task& t, u32 shared_ring)
      : p(parameters), task(t) {
    const int warp = threadIdx.x / 32;
    const int worker = blockIdx.x * kWarps + warp, workers = gridDim.x * kWarps;
    ring = shared_ring + warp * kSlots * kStripeBytes;
    next = task.stripes.count * worker / workers;
    end = task.stripes.count * (worker + 1) / workers;
    half = write_slot = read_slot = 0;
  }
  // Loads the next half stripe; the newest token is not in the cache yet, it and what lies behind
  // it become zeros. An empty group where there is none keeps the count of groups.
  LATHE_DEVICE void load() {
    if (next < end) {
      const int token = task.stripes.first_token(next), lane = threadIdx.x % 32;
      const Element* from = (half == 0 ? p.keys : p.values) + task.row(p, token);
      const u32 to = ring + write_slot * kStripeBytes;
#pragma unroll
      for (int i = 0; i < kStripe * kRowChunks / 32; ++i) {
        const int row = (i * 32 + lane) / kRowChunks, chunk = (i * 32 + lane) % kRowChunks;
        async_copy_16(to + chunk_offset(row, chunk), from + row * kHeadDim + chunk * 8,
                      token + row < task.length - kFused, policy);
      }
      next += half;
      half ^= 1;
    }
    async_commit();
    write_slot = write_slot + 1 == kSlots ? 0 : write_slot + 1;
  }
  // The oldest half stripe that was not taken yet.
  LATHE_DEVICE u32 take() {
    async_wait<kSlots - 1>();
    __syncwarp();
    const u32 slot = ring + read_slot * kStripeBytes;
    read_slot = read_slot + 1 == kSlots ? 0 : read_slot + 1;
    return slot;
  }
};

// Fetches the new token's query heads, key and value, rotates what is to be rotated.
LATHE_DEVICE void prepare_token(const Parameters& p, const Task& task, Shared& shared) {
  const Element* token = p.qkv + static_cast<i64>(task.sequence) * kTokenStride;
  const int heads = task.num_heads();
  for (int i = threadIdx.x; i < (kQueries + 2 * kFused) * kRowChunks; i += kThreads) {
    const int row = i / kRowChunks, chunk = i % kRowChunks;
    const int head = row < kQueries ? task.first_head() + (row < heads ? row : 0)
                                    : kHeads + (row - kQueries) * kKvHeads + task.kv_head;
    reinterpret_cast<Vec4*>(shared.raw[row])[chunk] =
        load_l2(reinterpret_cast<const Vec4*>(token + head * kHeadDim) + chunk);
  }
  __syncthreads();
  for (int i = threadIdx.x; i < (kQueries + kFused) * (kHeadDim / 2); i += kThreads) {
    const int row = i / (kHeadDim / 2), pair = i % (kHeadDim / 2);
    rotate(shared.raw[row], row < kQueries ? shared.queries[row] : shared.key, pair,
           shared.rotation);
  }
  __syncthreads();
}

// Puts the new token's row into the ring and, once a group of heads, into the cache.
LATHE_DEVICE void patch_row(const Element* row, u32 slot, Element* cache, const Task& task) {
  const int lane = threadIdx.x % 32;
  const int in_stripe = (task.length - 1) % kStripe;
  if (lane < kRowChunks) {
    const Vec4 v = reinterpret_cast<const Vec4*>(row)[lane];
    store_shared(slot + chunk_offset(in_stripe, lane), v);
    if (task.part == 0) reinterpret_cast<Vec4*>(cache)[lane] = v;
  }
  __syncwarp();
}

constexpr int kTiles = kHeadDim / 16;

// What a warp has summed: lane (g, t) has query heads 2t and 2t + 1, and of tile i of 16 rows of
// out^T rows g and g + 8.
struct Accumulator {
  float out[kTiles][4] = {};
  float maximum[2] = {kNegative, kNegative};
  float sum[2] = {0, 0};
};

// scores^T[16 tokens][8 heads] of one stripe.
LATHE_DEVICE void score(float (&scores)[4], u32 keys, const u32 (&queries)[kTiles][2]) {
  const int lane = threadIdx.x % 32;

#pragma unroll
  for (int tile = 0; tile < kTiles; ++tile) {
    u32 a[4];
    load_matrix(keys + chunk_offset(lane % 16, tile * 2 + lane / 16), a);

    mma_16x8x16<Element>(scores, a, queries[tile][0], queries[tile][1]);
  }
}

// Masks the scores, moves the running maximum, makes them weights.
LATHE_DEVICE void soften(float (&scores)[4], Accumulator& acc, const Task& task, int first_token) {
  const int lane = threadIdx.x % 32, g = lane / 4;
#pragma unroll
  for (int c = 0; c < 2; ++c) {
    const int head = task.first_head() + lane % 4 * 2 + c;
    scores[c] = visible_score(scores[c], first_token + g, task.length - 1, head);
    scores[2 + c] = visible_score(scores[2 + c], first_token + g + 8, task.length - 1, head);
    const float maximum = column_max(fmaxf(acc.maximum[c], fmaxf(scores[c], scores[2 + c])));
    const float rescale = exp2_fast(acc.maximum[c] - maximum);
    scores[c] = exp2_fast(scores[c] - maximum);
    scores[2 + c] = exp2_fast(scores[2 + c] - maximum);
    acc.maximum[c] = maximum;
    acc.sum[c] = acc.sum[c] * rescale + scores[c] + scores[2 + c];
#pragma unroll
    for (int tile = 0; tile < kTiles; ++tile) {
      acc.out[tile][c] *= rescale;
      acc.out[tile][2 + c] *= rescale;
    }
  }
}

LATHE_DEVICE void weigh_values(const float (&weights)[4], Accumulator& acc, u32 values) {
  const int lane = threadIdx.x % 32;
  const u32 b0 = transpose_matrix(Numeric<Element>::pack(weights[0], weights[1]));
  const u32 b1 = transpose_matrix(Numeric<Element>::pack(weights[2], weights[3]));
  const int row = lane / 16 * 8 + lane % 8;
#pragma unroll
  for (int tile = 0; tile < kTiles; ++tile) {
    u32 a[4];
    load_matrix_transposed(values + chunk_offset(row, tile * 2 + lane / 8 % 2), a);
    mma_16x8x16<Element>(acc.out[tile], a, b0, b1);
  }
}

template <int kSlots>
LATHE_DEVICE void attend(Stream<kSlots>& stream, const Parameters& p, const Task& task,
                         Shared& shared, Accumulator& acc, int begin) {
  const int lane = threadIdx.x % 32;
  u32 queries[kTiles][2];
#pragma unroll
  for (int tile = 0; tile < kTiles; tile += 2) {
    u32 b[4];
    load_matrix(shared_address(&shared.queries[lane % 8][tile * 16 + lane / 8 * 8]), b);
    queries[tile][0] = b[0];
    queries[tile][1] = b[1];
    if (tile + 1 < kTiles) {
      queries[tile + 1][0] = b[2];
      queries[tile + 1][1] = b[3];
    }
  }
  for (int i = begin; i < stream.end; ++i) {
    const int token = task.stripes.first_token(i);
    // length - 1 is in the last stripe
    const bool newest = kFused && token + kStripe >= task.length;
    float scores[4] = {};
    const u32 keys = stream.take();
    if (newest) patch_row(shared.key, keys, p.keys + task.row(p, task.length - 1), task);
    score(scores, keys, queries);
    __syncwarp();
    stream.load();
    soften(scores, acc, task, token);
    const u32 values = stream.take();
    if (newest) {
      patch_row(shared.raw[kQueries + 1], values, p.values + task.row(p, task.length - 1), task);
    }
    weigh_values(scores, acc, values);
    __syncwarp();
    stream.load();
  }
}

// The four sums of one head and four columns, of a warp's or a split's part.
struct Part {
  float maximum = kNegative, sum = 0;
  float4 out = {0, 0, 0, 0};
  LATHE_DEVICE void merge(float other_maximum, float other_sum, float4 other) {
    const float joint = fmaxf(maximum, other_maximum);
    const float mine = exp2_fast(maximum - joint), theirs = exp2_fast(other_maximum - joint);
    maximum = joint;
    sum = sum * mine + other_sum * theirs;
    out = {out.x * mine + other.x * theirs, out.y * mine + other.y * theirs,
           out.z * mine + other.z * theirs, out.w * mine + other.w * theirs};
  }
};

// A warp's sums go to shared memory (the ring's, which is read by now): [warp][head][column].
LATHE_DEVICE void share(const Accumulator& acc, float* merge, Shared& shared) {
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, g = lane / 4;
#pragma unroll
  for (int c = 0; c < 2; ++c) {
    const int head = lane % 4 * 2 + c;
    float* row = merge + (warp * 8 + head) * kMergeStride;
    const float sum = column_sum(acc.sum[c]);
    if (g == 0) {
      shared.maxima[warp][head] = acc.maximum[c];
      shared.sums[warp][head] = sum;
    }
#pragma unroll
    for (int tile = 0; tile < kTiles; ++tile) {
      row[tile * 16 + g] = acc.out[tile][c];
      row[tile * 16 + g + 8] = acc.out[tile][2 + c];
    }
  }
}

LATHE_DEVICE void store(const Parameters& p, const Task& task, int head, int column,
                        const Part& part) {
  const float by = 1 / part.sum;
  Element* y = p.y +
               (static_cast<i64>(task.sequence) * kHeads + task.first_head() + head) * kHeadDim +
               column;
  *reinterpret_cast<uint2*>(y) = {Numeric<Element>::pack(part.out.x * by, part.out.y * by),
                                  Numeric<Element>::pack(part.out.z * by, part.out.w * by)};
}

// Results of a block, four columns of a head each, and how the splits share them out.
constexpr int kColumnQuads = kHeadDim / 4;
constexpr int kResults = kQueries * kColumnQuads;
constexpr int kInboxResults = kResults + 8;  // a whole share of each of up to 8 splits

// What the splits send to the owner of a result: [split][result of the owner's share].
struct Inbox {
  float4 out[kInboxResults];
  float2 state[kInboxResults];  // maximum, sum
};

// The warps' sums of one result, in the warps' order.
LATHE_DEVICE Part join_warps(const float* merge, const Shared& shared, int head, int column) {
  Part part;
#pragma unroll
  for (int warp = 0; warp < kWarps; ++warp) {
    part.merge(shared.maxima[warp][head], shared.sums[warp][head],
               *reinterpret_cast<const float4*>(merge + (warp * 8 + head) * kMergeStride + column));
  }
  return part;
}

// Sends this split's part of every result to its owner.
LATHE_DEVICE void send(const float* merge, const Shared& shared, const Inbox& inbox, int share) {
  for (int i = threadIdx.x; i < kResults; i += kThreads) {
    const Part part = join_warps(merge, shared, i / kColumnQuads, i % kColumnQuads * 4);
    const int owner = i / share, place = blockIdx.x * share + i % share;
    store_remote(remote_address(shared_address(&inbox.out[place]), owner), part.out);
    store_remote(remote_address(shared_address(&inbox.state[place]), owner),
                 float2{part.maximum, part.sum});
  }
}

// Merges the splits' parts of this block's results, in the splits' order.
LATHE_DEVICE void receive(const Parameters& p, const Task& task, const Inbox& inbox, int share) {
  const int first = blockIdx.x * share, all = task.num_heads() * kColumnQuads;
  for (int i = threadIdx.x; i < share && first + i < all; i += kThreads) {
    Part part;
    for (int split = 0; split < static_cast<int>(gridDim.x); ++split) {
      const float2 state = inbox.state[split * share + i];
      part.merge(state.x, state.y, inbox.out[split * share + i]);
    }
    store(p, task, (first + i) / kColumnQuads, (first + i) % kColumnQuads * 4, part);
  }
}

// Joins the warps' sums and the splits'; stores the result.
LATHE_DEVICE void finish(const Parameters& p, const Task& task, const float* merge,
                         const Shared& shared, const Inbox& inbox) {
  if (gridDim.x == 1) {
    for (int i = threadIdx.x; i < task.num_heads() * kColumnQuads; i += kThreads) {
      const int head = i / kColumnQuads, column = i % kColumnQuads * 4;
      store(p, task, head, column, join_warps(merge, shared, head, column));
    }
    return;
  }
  const int share = (kResults + gridDim.x - 1) / gridDim.x;
  cluster_wait();  // all blocks run
  send(merge, shared, inbox, share);
  cluster_arrive();
  cluster_wait();
  receive(p, task, inbox, share);
}

template <int kSlots>
LATHE_DEVICE void run(const Parameters& p) {
  extern __shared__ __align__(128) unsigned char ring[];  // of the warps, then the inbox
  __shared__ __align__(16) Shared shared;
  launch_dependents();
  if (gridDim.x > 1) cluster_arrive_relaxed();
  const Task task = Task::of(p);
  if (task.length == 0) {  // the same for all blocks of a cluster
    wait_for_predecessor();
    if (gridDim.x > 1) cluster_wait();
    return;
  }
  Stream<kSlots> stream(p, task, shared_address(ring));
  const int begin = stream.next;
  if constexpr (!kFused) wait_for_predecessor();  // which may be the cache's write
#pragma unroll
  for (int i = 0; i < kSlots; ++i) stream.load();
  if constexpr (kFused) make_rotation(shared.rotation, p.positions[task.sequence]);
  wait_for_predecessor();
  prepare_token(p, task, shared);
  Accumulator acc;
  attend(stream, p, task, shared, acc, begin);
  async_wait<0>();
  __syncthreads();
  share(acc, reinterpret_cast<float*>(ring), shared);
  __syncthreads();
  finish(p, task, reinterpret_cast<const float*>(ring), shared,
         *reinterpret_cast<const Inbox*>(ring + kSlots * kWarps * kStripeBytes));
}

}  // namespace generation

extern "C" __global__ void __launch_bounds__(generation::kThreads)
    generation_few(const __grid_constant__ Parameters p) {
  generation::run<4>(p);
}
extern "C" __global__ void __launch_bounds__(generation::kThreads)
    generation_many(const __grid_constant__ Parameters p) {
  generation::run<6>(p);
}
