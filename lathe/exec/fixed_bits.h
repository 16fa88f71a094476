// SPDX-License-Identifier: Apache-2.0
// Whether a GPU's plan can give the same bits whatever the batch.
#pragma once

#include "lathe/engine/plan.h"

namespace lathe::exec {

// Throws kInvalidArgument naming the step and its kernel: one that nobody has shown to keep bits
// (CudaKernel::fixed_bits), or one for some numbers of tokens alone.
void check_fixed_bits(const engine::Plan& plan, size_t target);

}  // namespace lathe::exec
