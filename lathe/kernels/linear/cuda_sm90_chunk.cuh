// SPDX-License-Identifier: Apache-2.0
// A warp's part of a linear layer for few tokens: a chunk of the weight (16 rows x 64 columns)
// times the tokens' 64 columns. The weight is the 16-row operand A of the tensor cores, eight
// tokens are the columns of B.
#pragma once

#include "lathe/kernels/linear/epilogue.cuh"
#include "lathe/kernels/ptx/mma.cuh"

namespace chunk {

constexpr u32 kStreamedRowBytes = 144;  // 64 columns and a gap: rows in different banks

// The groups of 16 rows of one block: all blocks have nearly the same number, one behind the other.
struct Range {
  int first_group, end_group;
  LATHE_DEVICE static Range of_block() {
    const i64 groups = kGroups;
    return {static_cast<int>(groups * blockIdx.x / gridDim.x),
            static_cast<int>(groups * (blockIdx.x + 1) / gridDim.x)};
  }
  LATHE_DEVICE int begin() const { return first_group * kSteps; }  // chunks
  LATHE_DEVICE int end() const { return end_group * kSteps; }
};

// A chunk's operands in registers: 16 rows x 64 columns of the weight, and the tokens' 64 columns.
template <int kTokenTiles>
struct Fragments {
  u32 a[4][4];
  u32 b[kTokenTiles][2][4];  // columns 0-31 and 32-63

  LATHE_DEVICE void load(u32 weight, u32 x) {
#pragma unroll
    for (int k = 0; k < 4; ++k) load_shared(weight + k * 512, a[k]);
#pragma unroll
    for (int tile = 0; tile < kTokenTiles; ++tile) {
      load_matrix(x + tile * 8 * kStreamedRowBytes, b[tile][0]);
      load_matrix(x + tile * 8 * kStreamedRowBytes + 64, b[tile][1]);
    }
  }
};

// Two chains of sums a tile, so that a product need not wait for the one before.
template <int kTokenTiles>
using Sums = float[kTokenTiles][2][4];

template <int kTokenTiles>
LATHE_DEVICE void multiply(Sums<kTokenTiles>& sums, const Fragments<kTokenTiles>& f) {
#pragma unroll
  for (int k = 0; k < 4; ++k) {
#pragma unroll
    for (int tile = 0; tile < kTokenTiles; ++tile) {
      const u32(&b)[4] = f.b[tile][k / 2];
      mma_16x8x16<Element>(sums[tile][k % 2], f.a[k], b[k % 2 * 2], b[k % 2 * 2 + 1]);
    }
  }
}

// Lane (g, t) of a warp has rows g and g + 8, tokens 2t and 2t + 1 of each tile of 8.
template <int kTokens, int kTokenTiles>
LATHE_DEVICE void leave_sums(float (*to)[kTokens], Sums<kTokenTiles>& sums) {
  const int lane = threadIdx.x % 32, g = lane / 4;
#pragma unroll
  for (int i = 0; i < kTokenTiles * 4; ++i) {
    const int token = i / 4 * 8 + lane % 4 * 2 + i % 2;
    float(&chains)[2][4] = sums[i / 4];
    if (token < kTokens) to[g + i % 4 / 2 * 8][token] = chains[0][i % 4] + chains[1][i % 4];
    chains[0][i % 4] = chains[1][i % 4] = 0;
  }
}

}  // namespace chunk
