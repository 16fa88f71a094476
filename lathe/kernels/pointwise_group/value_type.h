// SPDX-License-Identifier: Apache-2.0
// The dtypes in which a pointwise group's steps give their results, by the dtypes of the views.
#pragma once

#include <span>

#include "lathe/ops/pointwise_group.h"

namespace lathe::kernels {

// A constant keeps its dtype, but does not decide that of a result beside other operands: run in
// f32 (by the interpreter), a group's bf16 constants make nothing bf16.
struct ValueType {
  DType dtype;
  bool constant = false;
};

// `operands`: the types of the step's args, in their order.
ValueType result_type(const ops::Op& op, std::span<const ValueType> operands);

}  // namespace lathe::kernels
