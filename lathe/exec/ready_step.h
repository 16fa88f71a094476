// SPDX-License-Identifier: Apache-2.0
// A plan's steps with their names resolved: what a session of any device walks through.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "lathe/exec/engine.h"
#include "lathe/exec/plant.h"
#include "lathe/exec/value_views.h"

namespace lathe::exec {

// One kernel of a step's table.
struct ReadyChoice {
  int64_t up_to_tokens;  // 0 = any number
  const kernels::Kernel* kernel;
  std::string_view code;        // key of its device code; empty on a CPU
  std::span<const int> inputs;  // values
  int64_t workspace_bytes;
};

// A step, and the operands of the choice that serves now.
struct ReadyStep {
  ops::Op op;
  bool planted;
  std::vector<ReadyChoice> choices;
  std::span<const int> output_values;
  const ReadyChoice* choice = nullptr;
  std::vector<TensorView> inputs;
  std::vector<TensorView> outputs;

  void choose(int64_t tokens);
  void gather(const ValueViews& values);
};

// What a session asks of its steps.
struct StepSettings {
  size_t target = 0;  // of the plan
  Plant plant = {};
  Bits bits = Bits::kFastest;
  Libraries libraries = Libraries::kOpened;
};

// The steps of a plan with the choices of one target. Both the plan and the result's addresses
// have to stay. Throws what check_plant throws.
std::vector<ReadyStep> resolve_steps(const engine::Plan& plan, const DimBindings& limits,
                                     const StepSettings& settings);

// Whether a kernel of such steps needs a library.
bool needs_library(const engine::Plan& plan, const StepSettings& settings);

// Of the greediest choice, rounded up to 64.
int64_t most_workspace(const std::vector<ReadyStep>& steps);

// Chooses and gathers operands for the values' present sizes.
void prepare(std::vector<ReadyStep>& steps, const ValueViews& values);

// Runs `step` for each index in order; an Error that leaves it gets the step's number and op.
template <class Run>
void for_each_step(const std::vector<ReadyStep>& steps, const Run& run) {
  size_t index = 0;
  try {
    for (; index < steps.size(); ++index) run(index);
  } catch (Error& error) {
    error.add_context(cat("step ", index, " (", steps[index].op.name(), ")"));
    throw;
  }
}

}  // namespace lathe::exec
