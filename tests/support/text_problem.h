// SPDX-License-Identifier: Apache-2.0
// Problems from the types of their operands as text: text_problem(op, "bf16[t,64] bf16[32,64]").
#pragma once

#include "lathe/kernels/kernel.h"

namespace lathe::testing {

inline kernels::Problem text_problem(const ops::Op& op, std::string_view inputs) {
  kernels::Problem out{op, {}, {}};
  for (const std::string_view type : split(inputs, ' ')) {
    out.inputs.push_back(TensorType::parse(type));
  }
  out.outputs = op.infer(out.inputs);
  return out;
}

}  // namespace lathe::testing
