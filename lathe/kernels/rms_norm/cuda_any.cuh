// SPDX-License-Identifier: Apache-2.0
// rms_norm of rows of any length, as cuda_rows.cuh of those that fit 16-byte chunks.
//
// Work: a warp a row, a block where rows are longer than 1024. Two passes; the second finds its
// row in L1 or L2. Bytes: x (and residual) once, s and y once. Bound: memory; for short rows (the
// heads of a query) latency.
//
// The prelude gives: NormElement, NormWeight; kNormRowThreads, kNormResidual.
#pragma once

#include "lathe/kernels/ptx/index.cuh"
#include "lathe/kernels/ptx/sync.cuh"

struct AnyNormParameters {
  const NormElement* x;  // [rows, columns]
  const NormElement* residual;
  const NormWeight* weight;
  NormElement* sum;
  NormElement* y;
  i64 rows, columns;
  float eps;
};

// x, or the sum rounded and stored.
LATHE_DEVICE float norm_operand(const AnyNormParameters& p, i64 index) {
  const float x = Numeric<NormElement>::load(p.x[index]);
  if constexpr (!kNormResidual) return x;
  const float sum = rounded<NormElement>(x + Numeric<NormElement>::load(p.residual[index]));
  p.sum[index] = Numeric<NormElement>::store(sum);
  return sum;
}

extern "C" __global__ void __launch_bounds__(256)
    rms_norm_any(const __grid_constant__ AnyNormParameters p) {
  using Threads = RowThreads<kNormRowThreads>;
  launch_dependents();
  wait_for_predecessor();
  const i64 row = Threads::row() * p.columns;
  if (Threads::row() >= p.rows) return;
  float squares = 0;
  for (i64 i = Threads::first(); i < p.columns; i += kNormRowThreads) {
    const float value = norm_operand(p, row + i);
    squares += value * value;
  }
  const float mean = Threads::sum(squares) / static_cast<float>(p.columns);
  const float by = 1 / sqrtf(mean + p.eps);
  const NormElement* normed = kNormResidual ? p.sum : p.x;
  for (i64 i = Threads::first(); i < p.columns; i += kNormRowThreads) {
    const float value = Numeric<NormElement>::load(normed[row + i]) * by;
    p.y[row + i] = Numeric<NormElement>::store(value * Numeric<NormWeight>::load(p.weight[i]));
  }
}
