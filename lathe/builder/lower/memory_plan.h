// SPDX-License-Identifier: Apache-2.0
// Where arena values lie: offsets as linear forms in the run's limits, memory shared by values that
// are never live together.
#pragma once

#include "lathe/engine/plan.h"

namespace lathe::builder {

// Sets the offsets of all arena values and `arena_bytes`, the workspace of the kernels at its end.
// First fit, large values first. REQUIRES: kernels are chosen.
void place_arena(engine::Plan& plan);

// The steps during which a value's memory is in use, aliases included: [begin, end]; begin < 0
// where it never is. An output lives past the last step.
struct Life {
  int begin = -1;
  int end = -1;
};
std::vector<Life> lives_of(const engine::Plan& plan);

}  // namespace lathe::builder
