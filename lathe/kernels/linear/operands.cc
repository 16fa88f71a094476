// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/linear/operands.h"

namespace lathe::kernels {

LinearOperands linear_operands(const KernelArgs& args, size_t weight_tensors) {
  const ops::Linear& op = *args.op.as<ops::Linear>();
  size_t next = op.num_input_tensors() + weight_tensors;
  const TensorView* bias = op.bias ? &args.inputs[next++] : nullptr;
  const TensorView* residual = op.residual ? &args.inputs[next++] : nullptr;
  LATHE_CHECK(next == args.inputs.size(), "operands of a linear", args.inputs.size());
  return {.op = op,
          .x = args.inputs.data(),
          .x_scales = op.input_block > 0 ? &args.inputs[1] : nullptr,
          .weight = args.inputs.subspan(op.num_input_tensors(), weight_tensors),
          .bias = bias,
          .residual = residual,
          .y = args.outputs.data()};
}

}  // namespace lathe::kernels
