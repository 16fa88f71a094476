// SPDX-License-Identifier: Apache-2.0
// All entry points of the linear layers over packed 16-bit weights.
#pragma once

#include "lathe/kernels/linear/cuda_sm90_few.cuh"
#include "lathe/kernels/linear/cuda_sm90_many.cuh"
#include "lathe/kernels/linear/cuda_sm90_split.cuh"
