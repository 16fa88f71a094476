// SPDX-License-Identifier: Apache-2.0
// y = (x - mean) / sqrt(variance + eps) * w + b over rows of any length.
//
// Work: a warp a row, a block where rows are longer than 1024; mean, variance and result in three
// passes, of which the later two find the row in L1 or L2. Bytes: x and y once. Bound: memory; for
// few rows latency.
//
// The prelude gives: Element, Weight; kRowThreads, kBias.
#pragma once

#include "lathe/kernels/ptx/index.cuh"
#include "lathe/kernels/ptx/sync.cuh"

struct LayerNormParameters {
  const Element* x;  // [rows, columns]
  const Weight* weight;
  const Weight* bias;
  Element* y;
  i64 rows, columns;
  float eps;
};

extern "C" __global__ void __launch_bounds__(256)
    layer_norm(const __grid_constant__ LayerNormParameters p) {
  using Threads = RowThreads<kRowThreads>;
  launch_dependents();
  wait_for_predecessor();
  if (Threads::row() >= p.rows) return;
  const Element* x = p.x + Threads::row() * p.columns;
  Element* y = p.y + Threads::row() * p.columns;
  float sum = 0, squares = 0;
  for (i64 i = Threads::first(); i < p.columns; i += kRowThreads)
    sum += Numeric<Element>::load(x[i]);
  const float mean = Threads::sum(sum) / static_cast<float>(p.columns);
  for (i64 i = Threads::first(); i < p.columns; i += kRowThreads) {
    const float centered = Numeric<Element>::load(x[i]) - mean;
    squares += centered * centered;
  }
  const float by = 1 / sqrtf(Threads::sum(squares) / static_cast<float>(p.columns) + p.eps);
  for (i64 i = Threads::first(); i < p.columns; i += kRowThreads) {
    const float centered = Numeric<Element>::load(x[i]) - mean;
    const float value = centered * by * Numeric<Weight>::load(p.weight[i]);
    y[i] = Numeric<Element>::store(kBias ? value + Numeric<Weight>::load(p.bias[i]) : value);
  }
}
