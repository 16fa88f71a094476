// SPDX-License-Identifier: Apache-2.0
// The norm of norm_linear where it runs on its own: before whatever does not normalise the tokens
// that it reads. The prelude gives what linear/epilogue.cuh names.
#pragma once

#include "lathe/kernels/rms_norm/cuda_rows.cuh"

extern "C" __global__ void __launch_bounds__(kNormThreads)
    rms_norm(const __grid_constant__ NormParameters<Element> p) {
  normalize_row<Element, kColumns, false>(p, kEps);
}
