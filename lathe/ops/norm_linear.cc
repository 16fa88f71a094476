// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/norm_linear.h"

#include "lathe/base/error.h"
#include "lathe/ops/rules.h"

namespace lathe::ops {

Types NormLinear::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 3, 7);
  if (norm.residual || norm.quantize_block > 0) {
    fail(ErrorCode::kInvalidArgument, "norm: expected neither residual nor quantize_block");
  }
  if (linear.input_block > 0) {
    fail(ErrorCode::kInvalidArgument, "linear: expected input_block 0, got ", linear.input_block);
  }
  Types operands = norm.infer(inputs.first(2));
  operands.insert(operands.end(), inputs.begin() + 2, inputs.end());
  return linear.infer(operands);
}

}  // namespace lathe::ops
