// SPDX-License-Identifier: Apache-2.0
// Rings of stages in shared memory between the warps that load and those that multiply.
//
// The prelude gives kMaxStages.
#pragma once

#include "lathe/kernels/ptx/sync.cuh"

struct RingBarriers {
  u64 full[kMaxStages], empty[kMaxStages];
};

// Arrivals that fill a stage, and that empty it.
struct Parties {
  u32 loaders, readers;
};

struct Ring {
  u32 full, empty, data;  // shared addresses: barriers of 8 bytes, stages
  u32 stage_bytes;
  int stages;

  // By all threads of the block, over barriers in shared memory.
  LATHE_DEVICE static Ring make(RingBarriers& barriers, u32 data, u32 stage_bytes, int stages,
                                Parties parties) {
    const Ring ring{shared_address(barriers.full), shared_address(barriers.empty), data,
                    stage_bytes, stages};
    if (threadIdx.x == 0) {
      for (int i = 0; i < stages; ++i) {
        barrier_init(ring.full + i * 8, parties.loaders);
        barrier_init(ring.empty + i * 8, parties.readers);
      }
      barrier_init_done();
    }
    __syncthreads();
    return ring;
  }
};

// A place in the ring: a stage and the parity of its current use.
struct Cursor {
  int stage = 0;
  u32 parity = 0;
  LATHE_DEVICE void next(int stages) {
    if (++stage == stages) {
      stage = 0;
      parity ^= 1;
    }
  }
  LATHE_DEVICE u32 data(const Ring& ring) const { return ring.data + stage * ring.stage_bytes; }
  LATHE_DEVICE u32 full(const Ring& ring) const { return ring.full + stage * 8; }
  LATHE_DEVICE void wait_full(const Ring& ring) const { barrier_wait(full(ring), parity); }
  LATHE_DEVICE void wait_empty(const Ring& ring) const {
    barrier_wait(ring.empty + stage * 8, parity ^ 1);
  }
  LATHE_DEVICE void release(const Ring& ring) const { barrier_arrive(ring.empty + stage * 8); }
};

// The weights and the tokens that go with them, each in a ring of its own: the tokens' is short,
// since they come from L2 and only once the previous kernel is complete; all other memory holds
// weights, so that there is something to load until then. Tokens that lie in shared memory have no
// ring: no stages.
struct Rings {
  Ring weights, x;
};

// A place in both.
struct Cursors {
  Cursor weights, x;
  LATHE_DEVICE void next(const Rings& rings) {
    weights.next(rings.weights.stages);
    if (rings.x.stages > 0) x.next(rings.x.stages);
  }
  LATHE_DEVICE void wait_full(const Rings& rings) const {
    weights.wait_full(rings.weights);
    if (rings.x.stages > 0) x.wait_full(rings.x);
  }
  LATHE_DEVICE void release(const Rings& rings) const {
    weights.release(rings.weights);
    if (rings.x.stages > 0) x.release(rings.x);
  }
};

// Bytes that a block's loader has under way at most, measured: with less, memory idles.
constexpr int kInFlightBytes = 48 * 1024;

// Keeps a loader from asking for more. It would come no earlier: it waits in the queues of memory,
// and with it whatever comes from L2 meanwhile, the tokens above all.
struct InFlight {
  int most;  // stages
  int begun = 0;
  Cursor arrived = {};  // the oldest stage that may be under way

  LATHE_DEVICE static InFlight of(const Ring& ring, int bytes = kInFlightBytes) {
    const int most = bytes / static_cast<int>(ring.stage_bytes);
    return {most < 1 ? 1 : most < ring.stages ? most : ring.stages};
  }
  LATHE_DEVICE void wait(const Ring& ring) {
    if (begun < most) {
      ++begun;
      return;
    }
    arrived.wait_full(ring);
    arrived.next(ring.stages);
  }
};
