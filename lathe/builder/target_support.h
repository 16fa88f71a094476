// SPDX-License-Identifier: Apache-2.0
// Whether a fusion leaves something that runs.
#pragma once

#include "lathe/builder/pass.h"

namespace lathe::builder {

// Empty where every target of the build has a kernel for the op on these operands that is no
// fallback; else the first kernel's reason. REQUIRES: the op takes operands of these types.
std::optional<std::string> why_not_fast(const PassContext& context, const ops::Op& op,
                                        std::span<const Value> inputs);

// Whether the kernel serves any problem and is slow: a reference, or what closes a GPU's kernels of
// an op, "op.cuda.any". Where that is all there is for a GPU, it is no fallback.
bool is_fallback(std::string_view kernel);

}  // namespace lathe::builder
