// SPDX-License-Identifier: Apache-2.0
// The operands of a linear op by name, in the order of its rule (ops/linear.h).
#pragma once

#include "lathe/kernels/kernel.h"
#include "lathe/ops/linear.h"

namespace lathe::kernels {

struct LinearOperands {
  const ops::Linear& op;
  const TensorView* x;         // [..., k]: floating, or codes i8
  const TensorView* x_scales;  // f32 [..., k / input_block], or null
  // Canonical tensors [n, k], or one view of packed bytes for kernels with a layout.
  std::span<const TensorView> weight;
  const TensorView* bias;      // [n], or null
  const TensorView* residual;  // as y, or null
  const TensorView* y;         // [..., m]
};

// `weight_tensors`: how many views the weight takes; packed weights are one.
LinearOperands linear_operands(const KernelArgs& args, size_t weight_tensors);

}  // namespace lathe::kernels
