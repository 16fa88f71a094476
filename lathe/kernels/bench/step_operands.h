// SPDX-License-Identifier: Apache-2.0
// Which operands of an op are step inputs (ops/step_inputs.h), and values for them.
#pragma once

#include <string_view>

#include "lathe/core/tensor.h"
#include "lathe/kernels/bench/step.h"

namespace lathe::kernels {

// "positions", "block_tables", …; empty where the operand is no step input.
std::string_view step_operand(std::string_view op, size_t operand);

// Values of the step input `name`. `token_limit`: token ids are below it.
void fill_step_operand(std::string_view name, const BenchStep& step, int64_t token_limit,
                       const TensorView& out);

}  // namespace lathe::kernels
