// SPDX-License-Identifier: Apache-2.0
// The entry point of rms_norm. The prelude gives: Element, kColumns, kResidual, kEps.
#pragma once

#include "lathe/kernels/rms_norm/cuda_rows.cuh"

extern "C" __global__ void __launch_bounds__(kNormThreads)
    rms_norm(const __grid_constant__ NormParameters<Element> p) {
  normalize_row<Element, kColumns, kResidual>(p, kEps);
}
