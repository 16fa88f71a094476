// SPDX-License-Identifier: Apache-2.0
#include "lathe/engine/problem.h"

namespace lathe::engine {

kernels::Problem problem_of(const engine::Plan& plan, const engine::PlanStep& step) {
  kernels::Problem out{ops::Op::parse(step.op, step.attributes), {}, {}};
  for (const int input : step.inputs) {
    out.inputs.push_back(plan.values[static_cast<size_t>(input)].type);
  }
  for (const int output : step.outputs) {
    out.outputs.push_back(plan.values[static_cast<size_t>(output)].type);
  }
  return out;
}

}  // namespace lathe::engine
