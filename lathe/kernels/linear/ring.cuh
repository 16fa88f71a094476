// SPDX-License-Identifier: Apache-2.0
// A ring of stages in shared memory between the warps that load and those that multiply.
#pragma once

#include "lathe/kernels/ptx/sync.cuh"

constexpr int kMaxStages = 16;

struct Ring {
  u32 full, empty, data;  // shared addresses: barriers of 8 bytes, stages
  u32 stage_bytes;
  int stages;

  // By all threads of the block. `arrivals` fill a stage, `readers` empty it.
  LATHE_DEVICE static Ring make(u32 data, u32 stage_bytes, int stages, u32 arrivals, u32 readers) {
    __shared__ u64 full[kMaxStages], empty[kMaxStages];
    const Ring ring{shared_address(full), shared_address(empty), data, stage_bytes, stages};
    if (threadIdx.x == 0) {
      for (int i = 0; i < stages; ++i) {
        barrier_init(ring.full + i * 8, arrivals);
        barrier_init(ring.empty + i * 8, readers);
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
