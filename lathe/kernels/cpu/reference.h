// SPDX-License-Identifier: Apache-2.0
// What the records of CPU kernels share.
#pragma once

#include "lathe/kernels/kernel.h"

namespace lathe::kernels {

// `supports` of a reference: every problem on a CPU.
inline Support any_on_cpu(const Problem&, const Target& target) {
  if (target.device == DeviceKind::kCpu) return Support::yes();
  return Support::no("runs on a CPU, not on ", to_string(target.device));
}

// Throws kInvalidArgument naming operand, position and value where an integer of `indices` is
// outside [0, size).
void expect_indices_below(const TensorView& indices, int64_t size);

}  // namespace lathe::kernels
