// SPDX-License-Identifier: Apache-2.0
// Steps of a captured generation step that would copy their operand as it is: every sequence has
// one token and wants its logits, so that the gather of `logit_rows` picks all rows in order.
#pragma once

#include <span>
#include <vector>

#include "lathe/engine/plan.h"
#include "lathe/exec/ready_step.h"

namespace lathe::exec {

// Lets whoever reads the result of such a gather read its operand: true for each step that has
// nothing left to do. One stays where its result is an output or goes by other names too, or where
// its operand's memory is taken over before the last reader has come. REQUIRES: steps that were
// prepared for a bucket of generation steps.
std::vector<bool> skip_whole_picks(const engine::Plan& plan, std::span<ReadyStep> steps);

}  // namespace lathe::exec
