// SPDX-License-Identifier: Apache-2.0
// norm_linear: up to 64 tokens are normalised by every block that streams the weight, more by
// rms_norm before it. Work, bytes and bounds: the files below.
#pragma once

#include "lathe/kernels/linear/cuda_sm90_all.cuh"
#include "lathe/kernels/rms_norm/cuda_rows.cuh"

extern "C" __global__ void __launch_bounds__(kNormThreads)
    rms_norm(const __grid_constant__ NormParameters<Element> p) {
  normalize_row<Element, kColumns, false>(p, kEps);
}
