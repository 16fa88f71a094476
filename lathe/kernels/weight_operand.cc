// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/kernel.h"
#include "lathe/ops/linear.h"

namespace lathe::kernels {

// Every op that takes a weight has one operand before it, but a linear layer over quantized x has
// codes and scales.
size_t weight_operand(const ops::Op& op) {
  const auto* linear = op.as<ops::Linear>();
  return linear == nullptr ? 1 : linear->num_input_tensors();
}

}  // namespace lathe::kernels
