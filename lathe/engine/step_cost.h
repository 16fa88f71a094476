// SPDX-License-Identifier: Apache-2.0
// What a launch has to move and compute at least, whichever kernel runs it.
#pragma once

#include "lathe/engine/plan.h"
#include "lathe/kernels/bench/cost.h"

namespace lathe::engine {

// The two steps that a cost is told for: a context of 512 tokens, and a token behind as many.
inline constexpr int64_t kCostTokens = 512;
kernels::BenchStep context_step(const Plan& plan);
kernels::BenchStep generation_step(const Plan& plan);

// A symbol that is no language model's stands for the step's tokens.
kernels::Cost step_cost(const Plan& plan, const PlanStep& step, const kernels::BenchStep& at);

}  // namespace lathe::engine
