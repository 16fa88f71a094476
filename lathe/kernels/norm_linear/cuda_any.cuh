// SPDX-License-Identifier: Apache-2.0
// norm_linear of any shape: the two kernels one after the other.
#pragma once

#include "lathe/kernels/linear/cuda_any.cuh"
#include "lathe/kernels/rms_norm/cuda_any.cuh"
