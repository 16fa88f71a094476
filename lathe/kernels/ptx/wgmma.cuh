// SPDX-License-Identifier: Apache-2.0
// Warp-group matrix products: four warps, D[64, 128] += A[64, 16] * B[16, 128] of 16-bit floats
// with fp32 accumulation. A lies in registers: warp w has rows 16w … 16w + 15 as ptx/mma.cuh
// describes A; so does D: registers 4j … 4j + 3 of a lane are columns 8j … 8j + 7 as mma.cuh
// describes D. B^T lies in shared memory, rows of 128 bytes.
//
//   wgmma_begin();  wgmma_64x128x16<Bf16>(d, a, b);  …  wgmma_commit();  …  wgmma_wait<0>();
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

template <class T>
LATHE_DEVICE void wgmma_64x128x16(float (&d)[64], const u32 (&a)[4], u64 b);

#define LATHE_WGMMA(Type, type)                                                                   \
  template <>                                                                                     \
  LATHE_DEVICE void wgmma_64x128x16<Type>(float(&d)[64], const u32(&a)[4], u64 b) {               \
    asm volatile(                                                                                 \
        "wgmma.mma_async.sync.aligned.m64n128k16.f32." type "." type                              \
        " {"                                                                                      \
        "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "                  \
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "        \
        "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "        \
        "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63}, "       \
        "{%64, %65, %66, %67}, %68, 1, 1, 1, 0;"                                                  \
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]),     \
          "+f"(d[7]), "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), \
          "+f"(d[14]), "+f"(d[15]), "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]),           \
          "+f"(d[20]), "+f"(d[21]), "+f"(d[22]), "+f"(d[23]), "+f"(d[24]), "+f"(d[25]),           \
          "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), "+f"(d[29]), "+f"(d[30]), "+f"(d[31]),           \
          "+f"(d[32]), "+f"(d[33]), "+f"(d[34]), "+f"(d[35]), "+f"(d[36]), "+f"(d[37]),           \
          "+f"(d[38]), "+f"(d[39]), "+f"(d[40]), "+f"(d[41]), "+f"(d[42]), "+f"(d[43]),           \
          "+f"(d[44]), "+f"(d[45]), "+f"(d[46]), "+f"(d[47]), "+f"(d[48]), "+f"(d[49]),           \
          "+f"(d[50]), "+f"(d[51]), "+f"(d[52]), "+f"(d[53]), "+f"(d[54]), "+f"(d[55]),           \
          "+f"(d[56]), "+f"(d[57]), "+f"(d[58]), "+f"(d[59]), "+f"(d[60]), "+f"(d[61]),           \
          "+f"(d[62]), "+f"(d[63])                                                                \
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));                                    \
  }
LATHE_WGMMA(Bf16, "bf16")
LATHE_WGMMA(Fp16, "f16")
#undef LATHE_WGMMA
