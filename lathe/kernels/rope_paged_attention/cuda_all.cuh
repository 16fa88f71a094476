// SPDX-License-Identifier: Apache-2.0
// All entry points of rope_paged_attention.
#pragma once

#include "lathe/kernels/rope_paged_attention/cuda_context.cuh"
#include "lathe/kernels/rope_paged_attention/cuda_generation.cuh"
