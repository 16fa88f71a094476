// SPDX-License-Identifier: Apache-2.0
// rope_paged_attention of any shape: the two kernels one after the other.
#pragma once

#include "lathe/kernels/paged_attention/cuda_any.cuh"
#include "lathe/kernels/rope_kv_write/cuda_any.cuh"
