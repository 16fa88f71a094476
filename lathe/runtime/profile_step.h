// SPDX-License-Identifier: Apache-2.0
// The time of one step, and of each of its launches.
#pragma once

#include <vector>

#include "lathe/exec/session.h"
#include "lathe/kernels/bench/step.h"

namespace lathe::runtime {

struct StepProfile {
  double whole_us = 0;  // a step with nothing watching it, its draw and the host's wait included
  exec::StepTimes launches = {};  // of each step of the plan
};

// Medians of `repeat` runs of a step of this shape, in which every sequence asks for logits. What
// the caches hold does not matter for the time: nothing is computed first. The host was ahead if it
// was in every run. REQUIRES: the sequences share the tokens evenly. Throws what Session::run
// throws.
StepProfile profile_step(exec::Session& session, const kernels::BenchStep& shape, int repeat);
// Its launches alone.
exec::StepTimes time_launches(exec::Session& session, const kernels::BenchStep& shape, int repeat);

}  // namespace lathe::runtime
