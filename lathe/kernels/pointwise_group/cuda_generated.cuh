// SPDX-License-Identifier: Apache-2.0
// A pointwise group: a thread an element of the loop, all steps in registers.
//
// Bytes: every operand and result once. Bound: memory. The prelude gives
// evaluate(parameters, element), which the generator writes of the steps.
#pragma once

#include "lathe/kernels/pointwise_group/cuda_functions.cuh"

LATHE_DEVICE void evaluate(const PointwiseParameters& p, i64 element);

extern "C" __global__ void __launch_bounds__(256)
    pointwise(const __grid_constant__ PointwiseParameters p) {
  launch_dependents();
  wait_for_predecessor();
  const i64 element = element_of_thread();
  if (element < p.elements) evaluate(p, element);
}
