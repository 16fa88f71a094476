// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/kernel.h"
#include "lathe/ops/norm_linear.h"

namespace lathe::kernels {

// Every op that takes a weight has one operand before it, but a linear layer over quantized x has
// codes and scales, and one with a norm the norm's weight.
size_t weight_operand(const ops::Op& op) {
  if (op.is<ops::NormLinear>()) return 2;
  const auto* linear = op.as<ops::Linear>();
  return linear == nullptr ? 1 : linear->num_input_tensors();
}

}  // namespace lathe::kernels
