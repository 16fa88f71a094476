// SPDX-License-Identifier: Apache-2.0
// The launch and the constants of rms_norm over rows of any length, for the ops that contain one.
#pragma once

#include "lathe/kernels/cuda_support.h"
#include "lathe/kernels/rms_norm/cuda_rows.h"
#include "lathe/ops/norm.h"

namespace lathe::kernels::norm_any {

Support supports(const TensorType& x, const TensorType& weight, const Target& target);
Launch launch(const norm_rows::Call& call, int64_t columns, float eps);
// What rms_norm/cuda_any.cuh asks for.
std::string prelude(const ops::RmsNorm& op, const TensorType& x, const TensorType& weight);

}  // namespace lathe::kernels::norm_any
