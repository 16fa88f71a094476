// SPDX-License-Identifier: Apache-2.0
// Who touches what in a plan, and when.
#pragma once

#include <vector>

#include "lathe/engine/plan.h"

namespace lathe::engine {

// The value whose memory this one is: an alias's, through all aliases.
size_t root_of(const Plan& plan, int value);

// The steps during which a value's memory is in use, aliases included: [begin, end]; begin < 0
// where it never is. An output lives past the last step.
struct Life {
  int begin = -1;
  int end = -1;
};
std::vector<Life> lives_of(const Plan& plan);

// Which values and weights a target's kernels read, or whoever reads the outputs.
std::vector<bool> used_values(const Plan& plan, size_t target);
std::vector<bool> used_weights(const Plan& plan, size_t target);
// Which weights kernels of one target or another read.
std::vector<bool> used_by_any_target(const Plan& plan);

// What runs a step of so many tokens. REQUIRES: a plan that was verified.
const KernelChoice& choice_for(const PlanStep& step, size_t target, int64_t tokens);

}  // namespace lathe::engine
