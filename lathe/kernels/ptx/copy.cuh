// SPDX-License-Identifier: Apache-2.0
// Moving bytes: bulk copies and tensor copies that complete on an mbarrier, 16-byte asynchronous
// copies, and loads with cache hints.
#pragma once

#include "lathe/kernels/ptx/sync.cuh"

// An L2 policy for data that is read once: first to leave.
LATHE_DEVICE u64 policy_evict_first() {
  u64 policy;
  asm("createpolicy.fractional.L2::evict_first.b64 %0, 1.0;" : "=l"(policy));
  return policy;
}

// `bytes` (a multiple of 16) from global to shared memory, both 16-byte aligned; completes on
// `barrier`, which must expect them.
LATHE_DEVICE void bulk_copy(u32 to, const void* from, u32 bytes, u32 barrier, u64 policy) {
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.L2::cache_hint "
      "[%0], [%1], %2, [%3], %4;" ::"r"(to),
      "l"(from), "r"(bytes), "r"(barrier), "l"(policy)
      : "memory");
}
LATHE_DEVICE void bulk_copy(u32 to, const void* from, u32 bytes, u32 barrier) {
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::
          "r"(to),
      "l"(from), "r"(bytes), "r"(barrier)
      : "memory");
}

// Asks for `bytes` (a multiple of 16) to be in L2.
LATHE_DEVICE void prefetch_l2(const void* from, u32 bytes) {
  asm volatile("cp.async.bulk.prefetch.L2.global [%0], %1;" ::"l"(from), "r"(bytes) : "memory");
}

struct alignas(64) TensorMap {
  u64 words[16];
};
LATHE_DEVICE void prefetch_tensor_map(const TensorMap* map) {
  asm volatile("prefetch.tensormap [%0];" ::"l"(map) : "memory");
}
// The box at (x, y) of a 2-D tensor; x runs along the contiguous axis. Outside the tensor: zeros.
LATHE_DEVICE void tensor_copy_2d(u32 to, const TensorMap* map, i32 x, i32 y, u32 barrier) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes "
      "[%0], [%1, {%2, %3}], [%4];" ::"r"(to),
      "l"(map), "r"(x), "r"(y), "r"(barrier)
      : "memory");
}

// 16 bytes, asynchronous, past L1. With `valid` false the destination is filled with zeros.
LATHE_DEVICE void async_copy_16(u32 to, const void* from, bool valid) {
  const u32 bytes = valid ? 16 : 0;
  asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;" ::"r"(to), "l"(from),
               "r"(bytes)
               : "memory");
}
LATHE_DEVICE void async_copy_16(u32 to, const void* from, bool valid, u64 policy) {
  const u32 bytes = valid ? 16 : 0;
  asm volatile(
      "cp.async.cg.shared.global.L2::cache_hint.L2::128B [%0], [%1], 16, %2, %3;" ::"r"(to),
      "l"(from), "r"(bytes), "l"(policy)
      : "memory");
}
LATHE_DEVICE void async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
// Arrives on `barrier` once all asynchronous copies that this thread has begun are complete.
LATHE_DEVICE void async_arrive(u32 barrier) {
  asm volatile("cp.async.mbarrier.arrive.noinc.shared::cta.b64 [%0];" ::"r"(barrier) : "memory");
}
// At most `kPending` of this thread's newest groups are still under way.
template <int kPending>
LATHE_DEVICE void async_wait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
}

// From the host's memory, whatever a cache may have of it.
LATHE_DEVICE Vec4 load_host(const Vec4* from) {
  Vec4 v;
  asm volatile("ld.global.cv.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
               : "l"(from)
               : "memory");
  return v;
}

// Past L1, coherent in L2: for what another block wrote in this launch.
LATHE_DEVICE float load_l2(const float* from) {
  float value;
  asm volatile("ld.global.cg.f32 %0, [%1];" : "=f"(value) : "l"(from) : "memory");
  return value;
}
LATHE_DEVICE Vec4 load_l2(const Vec4* from) {
  Vec4 v;
  asm volatile("ld.global.cg.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
               : "l"(from)
               : "memory");
  return v;
}
