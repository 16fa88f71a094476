// SPDX-License-Identifier: Apache-2.0
// Whether a GPU's plan can give the same bits whatever the batch.
#pragma once

#include "lathe/engine/plan.h"

namespace lathe::exec {

// Throws kInvalidArgument naming the step and its kernel where the plan has none for it that keeps
// bits: one that nobody has shown to (CudaKernel::fixed_bits), or one for some numbers of tokens.
void check_fixed_bits(const engine::Plan& plan, size_t target);

}  // namespace lathe::exec
