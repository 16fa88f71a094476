// SPDX-License-Identifier: Apache-2.0
// Which kernel runs each step, per target and number of tokens: every candidate is asked, those
// that say yes are weighed, refusals and losers are kept with the reason.
//
// A weight is packed once a target: all steps that read it, whatever their number of tokens, take
// kernels of one layout, as long as that costs none of them a fast kernel.
#pragma once

#include <functional>
#include <span>

#include "lathe/builder/lower/estimate.h"
#include "lathe/engine/plan.h"

namespace lathe::builder {

struct ChoiceOptions {
  // Upper ends; a range without end follows. On a GPU they also end where its kernels do.
  std::vector<int64_t> token_ranges = {1, 16};
  Estimator estimate = cost_model();
  // Called once a target with all that `estimate` may be asked about, before it is.
  std::function<void(std::span<const Candidate>)> prepare = {};
};

// Fills the steps' choice tables, one a target of the plan, and adds packed weights with their
// values. Throws kUnsupported where ops have no kernel for a target, with every refusal.
void choose_kernels(engine::Plan& plan, const ChoiceOptions& options);

}  // namespace lathe::builder
