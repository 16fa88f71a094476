// SPDX-License-Identifier: Apache-2.0
// The steps of a plan, those alike together, beside what each would take at best: what `lathe
// explain` and `lathe bench kernels` show of an engine.
//
//   for (const StepGroup& group : group_steps(plan, target, shape, times)) {
//     const kernels::KernelFigure figure = group.figure(ceilings);  …
//   }
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lathe/engine/plan.h"
#include "lathe/exec/step_times.h"
#include "lathe/kernels/bench/figures.h"

namespace lathe::app {

// Runs of a step, whose median counts.
inline constexpr int kStepRepeats = 9;

// Of times apart on a GPU that had to wait for its work.
inline constexpr std::string_view kHostWasSlow =
    "the host was not ahead of the device: a kernel's time may hold a wait for its launch";

// Steps with the same kernel for the same problem.
struct StepGroup {
  std::string kernel;
  kernels::BenchProblem problem;  // its text is "tokens=16 | linear | bf16[tokens, 64], …"
  std::vector<double> us;         // of each; 0: not timed

  int64_t num_steps() const { return std::ssize(us); }
  double total_us() const;
  kernels::Cost cost() const { return cost_of(problem.problem, problem.step); }  // of one of them
  // Of one of them: the median.
  kernels::KernelFigure figure(const kernels::Ceilings& ceilings) const;
};

// In the plan's order, as a target runs them in a step of this shape, whose block size and cache
// are the plan's. `times`: of such a step; what it left out is left out. Empty: not timed, and the
// kernels are those of the plan's tables for the step's tokens.
std::vector<StepGroup> group_steps(const engine::Plan& plan, size_t target,
                                   kernels::BenchStep shape, const exec::StepTimes& times = {});

}  // namespace lathe::app
