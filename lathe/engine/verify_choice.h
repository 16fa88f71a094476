// SPDX-License-Identifier: Apache-2.0
// What a choice may say of its kernel, whatever its step: part of verify(plan). Each throws
// kCorrupt.
#pragma once

#include "lathe/engine/plan.h"
#include "lathe/kernels/kernel.h"

namespace lathe::engine {

// A GPU's kernel takes every number of tokens from `first` on that the choice is for. REQUIRES, as
// the next: the kernel exists.
void check_range(const KernelChoice& choice, int64_t first);

// One that needs a library stands behind one that needs none and takes its tokens too, so that a
// machine without the library runs the plan. `before`: the choice for fewer tokens, or null.
void check_library(const KernelChoice& choice, const KernelChoice* before);

// A kernel that keeps bits whatever the number of tokens.
void check_fixed_bits(const KernelChoice& choice);

// A GPU's kernel runs code of its name, a CPU's none.
void check_code(const kernels::Kernel& kernel, const KernelChoice& choice);

}  // namespace lathe::engine
