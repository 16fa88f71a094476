// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/ready_step.h"

#include <algorithm>

#include "lathe/kernels/kernel.h"
#include "lathe/ops/linear.h"
#include "lathe/ops/norm_linear.h"
#include "lathe/ops/step_inputs.h"

namespace lathe::exec {

namespace {

// A table's choices, or the one that keeps bits, for any number of tokens.
std::span<const engine::KernelChoice> chosen(const engine::ChoiceTable& table, Bits bits) {
  if (bits == Bits::kFixed && table.fixed_bits) return {&*table.fixed_bits, 1};
  return table.choices;
}

bool needs_library(const engine::KernelChoice& choice) {
  const kernels::CudaKernel* cuda = kernels::find_kernel(choice.kernel)->cuda;
  return cuda != nullptr && cuda->library != kernels::DeviceLibrary::kNone;
}

ReadyStep resolve(const engine::PlanStep& step, const DimBindings& limits,
                  const StepSettings& settings) {
  ReadyStep ready{.op = ops::Op::parse(step.op, step.attributes),
                  .planted = step.op == settings.plant.op,
                  .choices = {},
                  .output_values = step.outputs,
                  .inputs = {},
                  .outputs = {}};
  size_t most_inputs = 0;
  const engine::ChoiceTable& table = step.kernels[settings.target];
  for (const engine::KernelChoice& choice : chosen(table, settings.bits)) {
    if (settings.libraries == Libraries::kNone && needs_library(choice)) {
      ready.choices.back().up_to_tokens = choice.up_to_tokens;  // it can: the plan was verified
      continue;
    }
    ready.choices.push_back({choice.up_to_tokens, kernels::find_kernel(choice.kernel), choice.code,
                             choice.inputs, choice.workspace_bytes.evaluate(limits)});
    most_inputs = std::max(most_inputs, choice.inputs.size());
  }
  ready.inputs.reserve(most_inputs);
  ready.outputs.reserve(step.outputs.size());
  return ready;
}

}  // namespace

namespace {

// What a table's ranges are of. A product goes by its own rows: those of the vocabulary are as many
// as logits are asked for, not as the step's tokens.
int64_t rows_of(const ReadyStep& step, const ValueViews& values, int64_t tokens) {
  if (!step.op.is<ops::Linear>() && !step.op.is<ops::NormLinear>()) return tokens;
  const TensorView& y = values[step.output_values.front()];
  const int64_t row = y.size(-1);
  return row == 0 ? 0 : y.num_elements() / row;
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

std::vector<ReadyStep> resolve_steps(const engine::Plan& plan, const DimBindings& limits,
                                     const StepSettings& settings) {
  check_plant(settings.plant);
  std::vector<ReadyStep> steps;
  for (const engine::PlanStep& step : plan.steps) {
    steps.push_back(resolve(step, limits, settings));
  }
  return steps;
}

bool needs_library(const engine::Plan& plan, const StepSettings& settings) {
  if (settings.libraries == Libraries::kNone) return false;
  return std::ranges::any_of(plan.steps, [&](const engine::PlanStep& step) {
    return std::ranges::any_of(chosen(step.kernels[settings.target], settings.bits),
                               [](const auto& choice) { return needs_library(choice); });
  });
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
    step.choose(rows_of(step, values, tokens));
    step.gather(values);
  }
}

}  // namespace lathe::exec
