// SPDX-License-Identifier: Apache-2.0
// Ordering: barriers in shared memory (mbarrier), named barriers, dependent launch.
#pragma once

#include "lathe/kernels/ptx/types.cuh"

// The 32-bit address of a shared-memory object.
LATHE_DEVICE u32 shared_address(const void* pointer) {
  return static_cast<u32>(__cvta_generic_to_shared(pointer));
}

// --- mbarrier: a phase completes when `count` arrivals and all expected bytes have come. ---

LATHE_DEVICE void barrier_init(u32 barrier, u32 count) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(count) : "memory");
}
// After all barrier_init of a block, by the thread that made them, before __syncthreads.
LATHE_DEVICE void barrier_init_done() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}
LATHE_DEVICE void barrier_arrive(u32 barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory");
}
// One arrival, and `bytes` that copies will bring.
LATHE_DEVICE void barrier_arrive_expect(u32 barrier, u32 bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes)
               : "memory");
}
// Returns when the phase with this parity has completed. A fresh barrier counts as having completed
// the phase of parity 1.
LATHE_DEVICE void barrier_wait(u32 barrier, u32 parity) {
  asm volatile(
      "{\n"
      ".reg .pred done;\n"
      "again: mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
      "@!done bra again;\n"
      "}" ::"r"(barrier),
      "r"(parity)
      : "memory");
}

// --- named barriers 1 to 15 (0 is __syncthreads): a subset of a block's warps. ---

LATHE_DEVICE void named_barrier(u32 id, u32 threads) {
  asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory");
}

// Counts this warp in without waiting.
LATHE_DEVICE void named_barrier_arrive(u32 id, u32 threads) {
  asm volatile("bar.arrive %0, %1;" ::"r"(id), "r"(threads) : "memory");
}

// --- programmatic dependent launch ---

// The next kernel may start, once a thread of every block has said so. Early is right where a grid
// is one wave and little is left to load: the next one may begin with much of its own.
LATHE_DEVICE void launch_dependents() {
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
}
// All kernels before this one are complete and their writes visible. Before it, a kernel may read
// only what no kernel still running can write (weights, step inputs: promise 1 of
// kernels/README.md), and may write nothing.
LATHE_DEVICE void wait_for_predecessor() { asm volatile("griddepcontrol.wait;" ::: "memory"); }

// --- between proxies ---

// Writes of this thread to shared memory are visible to bulk copies and wgmma that come later.
LATHE_DEVICE void fence_async_shared() {
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}
