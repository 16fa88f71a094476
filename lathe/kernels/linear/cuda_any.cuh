// SPDX-License-Identifier: Apache-2.0
// linear of any shape over row-major weights: where the tensor-core kernels do not fit.
//
// Work: block (32 tokens, 32 of y's columns), thread (row, four tokens); tiles of 32 columns
// of x and of the weight as f32 in shared memory. Sums in f32 with ascending k, the same whatever
// the number of tokens. Flops: 2 a weight and token. Bound: shared memory.
//
// The prelude gives: LinearX, LinearWeight, LinearBias, LinearResidual, LinearOutput; kLinearGated,
// kLinearBias, kLinearResidual; activate(x).
#pragma once

#include "lathe/kernels/ptx/index.cuh"
#include "lathe/kernels/ptx/sync.cuh"

struct AnyLinearParameters {
  const LinearX* x;            // [tokens, columns]
  const LinearWeight* weight;  // [rows, columns], gated: [2 rows, columns]
  const LinearBias* bias;
  const LinearResidual* residual;  // [tokens, rows]
  LinearOutput* y;                 // [tokens, rows]
  i64 tokens, rows, columns;
};

namespace any_linear {

constexpr int kTile = 32;
constexpr int kEach = 4;  // tokens of a thread
using Tile = float[kTile][kTile + 1];

// 32 rows of a matrix from `row` on, 32 columns from `column` on; zeros outside.
template <class T>
LATHE_DEVICE void load(Tile& tile, const T* from, i64 row, i64 rows, i64 column, i64 columns) {
  const int c = threadIdx.x % kTile;
  for (int r = threadIdx.x / kTile; r < kTile; r += 256 / kTile) {
    const bool inside = row + r < rows && column + c < columns;
    tile[r][c] = inside ? Numeric<T>::load(from[(row + r) * columns + column + c]) : 0;
  }
}

LATHE_DEVICE void multiply(const Tile& x, const Tile& weight, float (&sums)[kEach]) {
  const int row = threadIdx.x % kTile, token = threadIdx.x / kTile * kEach;
#pragma unroll 8
  for (int k = 0; k < kTile; ++k) {
#pragma unroll
    for (int i = 0; i < kEach; ++i) sums[i] += x[token + i][k] * weight[row][k];
  }
}

LATHE_DEVICE float biased(const AnyLinearParameters& p, float sum, i64 row) {
  if constexpr (!kLinearBias) return sum;
  return sum + Numeric<LinearBias>::load(p.bias[row]);
}

LATHE_DEVICE void store(const AnyLinearParameters& p, i64 token, i64 row, float first,
                        float second) {
  float value = activate(biased(p, first, row));
  if constexpr (kLinearGated) value *= biased(p, second, row + p.rows);
  const i64 at = token * p.rows + row;
  if constexpr (kLinearResidual) value += Numeric<LinearResidual>::load(p.residual[at]);
  p.y[at] = Numeric<LinearOutput>::store(value);
}

}  // namespace any_linear

extern "C" __global__ void __launch_bounds__(256)
    linear_any(const __grid_constant__ AnyLinearParameters p) {
  using namespace any_linear;
  __shared__ Tile x, weight, second;
  launch_dependents();
  wait_for_predecessor();
  const i64 first_row = i64{blockIdx.y} * kTile, first_token = i64{blockIdx.x} * kTile;
  float sums[kEach] = {}, others[kEach] = {};
  for (i64 column = 0; column < p.columns; column += kTile) {
    load(x, p.x, first_token, p.tokens, column, p.columns);
    load(weight, p.weight, first_row, p.rows, column, p.columns);
    if constexpr (kLinearGated) {
      load(second, p.weight + p.rows * p.columns, first_row, p.rows, column, p.columns);
    }
    __syncthreads();
    multiply(x, weight, sums);
    if constexpr (kLinearGated) multiply(x, second, others);
    __syncthreads();
  }
  const i64 row = first_row + threadIdx.x % kTile;
  for (int i = 0; i < kEach; ++i) {
    const i64 token = first_token + threadIdx.x / kTile * kEach + i;
    if (row < p.rows && token < p.tokens) store(p, token, row, sums[i], others[i]);
  }
}
