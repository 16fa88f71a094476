// SPDX-License-Identifier: Apache-2.0
// The same linear layer for any number of tokens: warp-group matrix products over the same packed
// weights.
//
// Work: block (tile of 128 kHalves tokens, tile of 128 rows). The weight is operand A: a
// warp's fragments lie in the ring as they are packed and go through registers; 64 columns of the
// tokens lie beside them, swizzled, as operand B. One warp group loads, two multiply 64 rows each;
// the fragments of the next stage are read while the products of the last run.
// Flops: 2 * rows * columns * tokens. Bytes of a stage: 16 KB of weights, 16 KB * kHalves of
// tokens, from L2. Bound: tensor cores, at 256 tokens L2 just behind them.
// Resources: one block a multiprocessor, 384 threads, 40 and 232 registers.
// Ideas: warp specialisation and register reallocation of CUTLASS' Hopper kernels; operand A from
// registers as in FlashAttention-3's second product.
//
// The prelude gives what epilogue.cuh names.
#pragma once

#include "lathe/kernels/linear/epilogue.cuh"
#include "lathe/kernels/linear/ring.cuh"
#include "lathe/kernels/ptx/copy.cuh"
#include "lathe/kernels/ptx/math.cuh"
#include "lathe/kernels/ptx/mma.cuh"
#include "lathe/kernels/ptx/wgmma.cuh"

namespace many {

constexpr int kLoaderThreads = 128;
constexpr u32 kWeightBytes = 8 * kChunkBytes;  // of a stage: 128 rows x 64 columns
constexpr u32 kHalfBytes = 128 * 128;          // 128 tokens x 64 columns

template <int kHalves>
LATHE_DEVICE void load(const Ring& ring, const Parameters& p) {
  const int thread = threadIdx.x, piece = thread % 8;
  const unsigned char* weight = p.weight + (static_cast<i64>(blockIdx.y) * 8 + thread) * kSteps *
                                               kChunkBytes;  // group `thread`
  const int first_token = blockIdx.x * kHalves * 128;
  Cursor at;
  for (int step = 0; step < kSteps; ++step) {
    at.wait_empty(ring);
    const u32 x = at.data(ring), to = x + kHalves * kHalfBytes;
    if (thread == 0) barrier_arrive_expect(at.full(ring), kWeightBytes);
    if (thread < 8) {
      bulk_copy(to + thread * kChunkBytes, weight + step * kChunkBytes, kChunkBytes, at.full(ring));
    }
    const int column = step * 64 + piece * 8;
#pragma unroll 4
    for (int i = 0; i < kHalves * 8; ++i) {
      const int row = i * 16 + thread / 8;
      if (first_token + row >= p.tokens) continue;
      async_copy_16(x + row * 128 + (piece ^ row % 8) * 16,
                    p.x + static_cast<i64>(first_token + row) * kColumns + column,
                    column < kColumns);
    }
    async_arrive(at.full(ring));
    at.next(ring.stages);
  }
}

// One stage: 64 rows x 64 columns times the block's tokens. The products run when this returns.
template <int kHalves>
LATHE_DEVICE void multiply(float (&sums)[kHalves][64], u32 (&a)[4][4], u32 data, u32 group) {
#pragma unroll
  for (int k = 0; k < 4; ++k)
    load_shared(data + kHalves * kHalfBytes + group * kChunkBytes + k * 512 + threadIdx.x % 32 * 16,
                a[k]);

  fence_async_shared();  // of the loaders' copies
#pragma unroll
  for (int half = 0; half < kHalves; ++half) pin(sums[half]);
  wgmma_begin();
#pragma unroll
  for (int k = 0; k < 4; ++k) {
#pragma unroll
    for (int half = 0; half < kHalves; ++half) {
      wgmma_64<Element, 128>(sums[half], a[k], swizzled_rows(data + half * kHalfBytes + k * 32));
    }
  }
  wgmma_commit();
}

template <int kHalves>
LATHE_DEVICE void consume(const Ring& ring, float (&sums)[kHalves][64]) {
  const int warp = static_cast<int>(threadIdx.x - kLoaderThreads) / 32, lane = threadIdx.x % 32;
  u32 a[2][4][4];
  Cursor at, last;
#pragma unroll 2
  for (int step = 0; step < kSteps; ++step) {
    at.wait_full(ring);
    multiply<kHalves>(sums, a[step % 2], at.data(ring), warp);
    at.next(ring.stages);
    if (step == 0) continue;
    wgmma_wait<1>();
    if (lane == 0) last.release(ring);
    last.next(ring.stages);
  }
  wgmma_wait<0>();
}

// Results of rows row + g, tokens token + 2t and the next, in lane (g, t).
template <class T = Output>
LATHE_DEVICE void store_pair(const Parameters& p, int row, int token, float first, float second) {
  const int lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
  const int own = token + t * 2;
  const bool real = row + g < kRows;
  if (real && own < p.tokens) first += residual_of(p, own, row + g);
  if (real && own + 1 < p.tokens) second += residual_of(p, own + 1, row + g);
  if constexpr (sizeof(T) == 2 && kRows % 2 == 0) {
    const u32 pair =
        transpose_matrix(Numeric<T>::pack(first, second));  // rows 2t, 2t + 1 of token g
    if (token + g < p.tokens && row + t * 2 < kRows) {
      *reinterpret_cast<u32*>(p.y + static_cast<i64>(token + g) * kRows + row + t * 2) = pair;
    }
  } else {
    if (real && own < p.tokens) store_value(p, own, row + g, first);
    if (real && own + 1 < p.tokens) store_value(p, own + 1, row + g, second);
  }
}

template <int kHalves>
LATHE_DEVICE void finish(const Parameters& p, const float (&sums)[kHalves][64]) {
  const int warp = static_cast<int>(threadIdx.x - kLoaderThreads) / 32, g = threadIdx.x % 32 / 4;
  const int group = blockIdx.y * 8 + warp;
#pragma unroll
  for (int i = 0; i < kHalves * 16; ++i) {
    const float* d = &sums[i / 16][i % 16 * 4];
    const int token = (blockIdx.x * kHalves * 16 + i) * 8;
    if (token >= p.tokens) continue;
    asm volatile("" ::: "memory");  // keeps the loads of other iterations out of the registers
    if constexpr (kGated) {
      const int row = group * 8, bias_row = row + g < kRows ? row + g : 0;
      store_pair(p, row, token, gated(p, d[0], d[2], bias_row), gated(p, d[1], d[3], bias_row));
    } else {
      const int row = group * 16;
      const int low = row + g < kRows ? row + g : 0, high = row + g + 8 < kRows ? row + g + 8 : 0;
      store_pair(p, row, token, activated(p, d[0], low), activated(p, d[1], low));
      store_pair(p, row + 8, token, activated(p, d[2], high), activated(p, d[3], high));
    }
  }
}

template <int kHalves>
LATHE_DEVICE void run(const Parameters& p) {
  extern __shared__ __align__(128) unsigned char shared[];
  const u32 begin = (shared_address(shared) + 1023) / 1024 * 1024;  // swizzled rows want it
  __shared__ RingBarriers barriers;
  const Ring ring = Ring::make(barriers, begin, kHalves * kHalfBytes + kWeightBytes, p.stages,
                               {1 + kLoaderThreads, 8});
  launch_dependents();
  wait_for_predecessor();
  if (threadIdx.x < kLoaderThreads) {
    give_registers<40>();
    load<kHalves>(ring, p);
  } else {
    take_registers<232>();
    float sums[kHalves][64] = {};
    consume<kHalves>(ring, sums);
    finish<kHalves>(p, sums);
  }
}

}  // namespace many
