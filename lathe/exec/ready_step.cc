// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/ready_step.h"

#include <algorithm>

#include "lathe/kernels/kernel.h"
#include "lathe/ops/step_inputs.h"

namespace lathe::exec {

namespace {

ReadyStep resolve(const engine::PlanStep& step, size_t target, const DimBindings& limits,
                  const Plant& plant) {
  ReadyStep ready{.op = ops::Op::parse(step.op, step.attributes),
                  .planted = step.op == plant.op,
                  .choices = {},
                  .output_values = step.outputs,
                  .inputs = {},
                  .outputs = {}};
  size_t most_inputs = 0;
  for (const engine::KernelChoice& choice : step.kernels[target].choices) {
    ready.choices.push_back({choice.up_to_tokens, kernels::find_kernel(choice.kernel), choice.code,
                             choice.inputs, choice.workspace_bytes.evaluate(limits)});
    most_inputs = std::max(most_inputs, choice.inputs.size());
  }
  ready.inputs.reserve(most_inputs);
  ready.outputs.reserve(step.outputs.size());
  return ready;
}

}  // namespace

void ReadyStep::choose(int64_t tokens) {
  choice = &*std::ranges::find_if(choices, [&](const ReadyChoice& candidate) {
    return candidate.up_to_tokens == 0 || tokens <= candidate.up_to_tokens;
  });
}

void ReadyStep::gather(const ValueViews& values) {
  inputs.clear();
  for (const int input : choice->inputs) inputs.push_back(values[input]);
  outputs.clear();
  for (const int output : output_values) outputs.push_back(values[output]);
}

std::vector<ReadyStep> resolve_steps(const engine::Plan& plan, size_t target,
                                     const DimBindings& limits, const Plant& plant) {
  check_plant(plant);
  std::vector<ReadyStep> steps;
  for (const engine::PlanStep& step : plan.steps) {
    steps.push_back(resolve(step, target, limits, plant));
  }
  return steps;
}

int64_t most_workspace(const std::vector<ReadyStep>& steps) {
  int64_t most = 0;
  for (const ReadyStep& step : steps) {
    for (const ReadyChoice& choice : step.choices) most = std::max(most, choice.workspace_bytes);
  }
  return (most + 63) / 64 * 64;
}

void prepare(std::vector<ReadyStep>& steps, const ValueViews& values) {
  const int64_t tokens = values.size_of(ops::kTokens);
  for (ReadyStep& step : steps) {
    step.choose(tokens);
    step.gather(values);
  }
}

}  // namespace lathe::exec
