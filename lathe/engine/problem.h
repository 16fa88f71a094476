// SPDX-License-Identifier: Apache-2.0
// A plan's step as kernels are asked about it.
#pragma once

#include "lathe/engine/plan.h"
#include "lathe/kernels/kernel.h"

namespace lathe::engine {

kernels::Problem problem_of(const engine::Plan& plan, const engine::PlanStep& step);

}  // namespace lathe::engine
