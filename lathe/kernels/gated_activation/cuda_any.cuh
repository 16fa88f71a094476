// SPDX-License-Identifier: Apache-2.0
// y = activate(x[:, :n]) * x[:, n:].
//
// Work: a thread an element of y. Bytes: x and y once. Bound: memory.
//
// The prelude gives: Element, activate(x).
#pragma once

#include "lathe/kernels/ptx/index.cuh"
#include "lathe/kernels/ptx/sync.cuh"

struct GatedActivationParameters {
  const Element* x;  // [rows, 2 columns]
  Element* y;
  i64 elements, columns;  // of y
};

extern "C" __global__ void __launch_bounds__(256)
    gated_activation(const __grid_constant__ GatedActivationParameters p) {
  launch_dependents();
  wait_for_predecessor();
  const i64 i = element_of_thread();
  if (i >= p.elements) return;
  const Element* gate = p.x + i + i / p.columns * p.columns;
  const float value = activate(Numeric<Element>::load(gate[0]));
  p.y[i] = Numeric<Element>::store(value * Numeric<Element>::load(gate[p.columns]));
}
