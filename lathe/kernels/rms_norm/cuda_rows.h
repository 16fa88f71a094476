// SPDX-License-Identifier: Apache-2.0
// The launch of the row-wise RMSNorm, shared by the ops that contain one.
#pragma once

#include "lathe/kernels/cuda_support.h"

namespace lathe::kernels::norm_rows {

struct Call {
  const void* x = nullptr;
  const void* residual = nullptr;
  const void* weight = nullptr;
  void* sum = nullptr;
  void* y = nullptr;
  int64_t rows = 0;
};
Call call_of(const CudaArgs& args);  // of rms_norm
Launch launch(const Call& call);

// Of x and the norm's weight: halves of one dtype, rows of whole 16-byte chunks that fit a block.
Requirements supports(const TensorType& x, const TensorType& weight, const Target& target);

}  // namespace lathe::kernels::norm_rows
