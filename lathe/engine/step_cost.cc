// SPDX-License-Identifier: Apache-2.0
#include "lathe/engine/step_cost.h"

#include "lathe/engine/problem.h"

namespace lathe::engine {

kernels::BenchStep context_step(const Plan& plan) {
  return {.tokens = kCostTokens, .block_size = plan.block_size};
}

kernels::BenchStep generation_step(const Plan& plan) {
  return {.tokens = 1, .context = kCostTokens, .block_size = plan.block_size};
}

kernels::Cost step_cost(const Plan& plan, const PlanStep& step, const kernels::BenchStep& at) {
  return kernels::cost_of(problem_of(plan, step), at);
}

}  // namespace lathe::engine
