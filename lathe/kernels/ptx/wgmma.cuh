// SPDX-License-Identifier: Apache-2.0
// Warp-group matrix products: four warps, D[64, n] += A[64, 16] * B[16, n] of 16-bit floats with
// fp32 accumulation, n = 16, 32, 64 or 128. A lies in registers: warp w has rows 16w … 16w + 15 as
// ptx/mma.cuh describes A; so does D: registers 4j … 4j + 3 of a lane are columns 8j … 8j + 7 as
// mma.cuh describes D. B^T lies in shared memory, rows of 128 bytes.
//
//   wgmma_begin();  wgmma_64<Bf16, 128>(d, a, b);  …  wgmma_commit();  …  wgmma_wait<0>();
//
// Between commit and wait, d and a must not be touched.
#pragma once

#include "lathe/kernels/ptx/sync.cuh"

LATHE_DEVICE void wgmma_begin() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
LATHE_DEVICE void wgmma_commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
// At most kPending of the newest groups are still under way.
template <int kPending>
LATHE_DEVICE void wgmma_wait() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(kPending) : "memory");
}

// Keeps the compiler from moving writes of these accumulators behind a later wgmma_begin.
template <int kCount>
LATHE_DEVICE void pin(float (&d)[kCount]) {
#pragma unroll
  for (int i = 0; i < kCount; ++i) asm volatile("" : "+f"(d[i])::"memory");
}

// Rows of 128 bytes whose 16-byte pieces are swizzled: piece p of row r lies at p ^ (r % 8).
// `address` is a multiple of 1024, plus 32 bytes a step of 16 along the row.
LATHE_DEVICE u64 swizzled_rows(u32 address) {
  constexpr u64 kSwizzle128 = 1ull << 62, kEightRows = 1024 >> 4;
  return kSwizzle128 | kEightRows << 32 | 1ull << 16 | (address & 0x3ffff) >> 4;
}

// Registers of this warp group, after a launch bound of threads and one block.
template <int kRegisters>
LATHE_DEVICE void give_registers() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kRegisters));
}
template <int kRegisters>
LATHE_DEVICE void take_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kRegisters));
}

template <class T, int kColumns>
LATHE_DEVICE void wgmma_64(float (&d)[kColumns / 2], const u32 (&a)[4], u64 b);

#define LATHE_D8 "%0, %1, %2, %3, %4, %5, %6, %7"
#define LATHE_D16 LATHE_D8 ", %8, %9, %10, %11, %12, %13, %14, %15"
#define LATHE_D32                                                        \
  LATHE_D16                                                              \
  ", %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %" \
  "29, %30, %31"
#define LATHE_D64                                                                 \
  LATHE_D32                                                                       \
  ", %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, " \
  "%47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
#define LATHE_F8(i)                                                                           \
  "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3]), "+f"(d[i + 4]), "+f"(d[i + 5]), \
      "+f"(d[i + 6]), "+f"(d[i + 7])
#define LATHE_F16(i) LATHE_F8(i), LATHE_F8(i + 8)
#define LATHE_F32(i) LATHE_F16(i), LATHE_F16(i + 16)
#define LATHE_F64(i) LATHE_F32(i), LATHE_F32(i + 32)

// `places`: of a and b behind the accumulators.
#define LATHE_WGMMA(Type, type, columns, half, places)                                  \
  template <>                                                                           \
  LATHE_DEVICE void wgmma_64<Type, columns>(float(&d)[half], const u32(&a)[4], u64 b) { \
    asm volatile("wgmma.mma_async.sync.aligned.m64n" #columns "k16.f32." type "." type  \
                 " {" LATHE_D##half "}, " places ", 1, 1, 1, 0;"                        \
                 : LATHE_F##half(0)                                                     \
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));                 \
  }
#define LATHE_WGMMAS(Type, type)                               \
  LATHE_WGMMA(Type, type, 16, 8, "{%8, %9, %10, %11}, %12")    \
  LATHE_WGMMA(Type, type, 32, 16, "{%16, %17, %18, %19}, %20") \
  LATHE_WGMMA(Type, type, 64, 32, "{%32, %33, %34, %35}, %36") \
  LATHE_WGMMA(Type, type, 128, 64, "{%64, %65, %66, %67}, %68")
LATHE_WGMMAS(Bf16, "bf16")
LATHE_WGMMAS(Fp16, "f16")
#undef LATHE_WGMMAS
#undef LATHE_WGMMA
#undef LATHE_F64
#undef LATHE_F32
#undef LATHE_F16
#undef LATHE_F8
#undef LATHE_D64
#undef LATHE_D32
#undef LATHE_D16
#undef LATHE_D8
