// SPDX-License-Identifier: Apache-2.0
// Tiles of 128 tokens (cuda_sm90_many.cuh).
#pragma once

#include "lathe/kernels/linear/cuda_sm90_many.cuh"

extern "C" __global__ void __launch_bounds__(384, 1)
    linear_tile_128(const __grid_constant__ Parameters p) {
  many::run<1>(p);
}
