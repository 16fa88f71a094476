// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "lathe/engine/plan.h"

namespace lathe::app {

// Index of the plan's target that a CPU of this class runs: the highest that is not beyond it. The
// machine's class where none is given; the first target where none fits.
size_t cpu_target(const engine::Plan& plan, std::optional<kernels::CpuIsa> isa);

}  // namespace lathe::app
