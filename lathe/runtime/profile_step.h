// SPDX-License-Identifier: Apache-2.0
// The time of one generation step, and of each of its launches.
#pragma once

#include <vector>

#include "lathe/exec/session.h"
#include "lathe/runtime/step_batch.h"

namespace lathe::runtime {

struct StepProfile {
  double whole_us = 0;  // a step with nothing watching it, its draw and the host's wait included
  exec::StepTimes launches = {};  // of each step of the plan
};

// Medians of `repeat` runs of a step in which `batch` sequences, each of `context` tokens with the
// one that it brings, ask for logits. What the caches hold does not matter for the time: nothing is
// computed first. The host was ahead if it was in every run. Throws what Session::run throws.
StepProfile profile_generation(exec::Session& session, int64_t batch, int64_t context, int repeat);

}  // namespace lathe::runtime
