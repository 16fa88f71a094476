// SPDX-License-Identifier: Apache-2.0
// Where arena values lie: offsets as linear forms in the run's limits, memory shared by values that
// are never live together.
#pragma once

#include "lathe/engine/plan.h"

namespace lathe::builder {

// Sets the offsets of all arena values and `arena_bytes`, the workspace of the kernels at its end.
// First fit, large values first. REQUIRES: kernels are chosen.
void place_arena(engine::Plan& plan);

}  // namespace lathe::builder
