// SPDX-License-Identifier: Apache-2.0
#include "lathe/engine/usage.h"

#include <algorithm>

namespace lathe::engine {

size_t root_of(const Plan& plan, int value) {
  auto root = static_cast<size_t>(value);
  while (plan.values[root].storage == Storage::kAlias) {
    root = static_cast<size_t>(plan.values[root].index);
  }
  return root;
}

std::vector<Life> lives_of(const Plan& plan) {
  std::vector<Life> out(plan.values.size());
  const auto touch = [&](int value, int step) {
    Life& life = out[root_of(plan, value)];
    if (life.begin < 0) life.begin = step;
    life.end = std::max(life.end, step);
  };
  const int last = static_cast<int>(plan.steps.size());
  for (int i = 0; i < last; ++i) {
    for (const int output : plan.steps[static_cast<size_t>(i)].outputs) touch(output, i);
    for (const int input : plan.steps[static_cast<size_t>(i)].inputs) touch(input, i);
  }
  for (const PlanOutput& output : plan.outputs) touch(output.value, last);
  return out;
}

std::vector<bool> used_values(const Plan& plan, size_t target) {
  std::vector<bool> used(plan.values.size(), false);
  const auto use = [&](int value) { used[root_of(plan, value)] = true; };
  for (const PlanStep& step : plan.steps) {
    for_each_choice(step.kernels[target],
                    [&](const KernelChoice& choice) { std::ranges::for_each(choice.inputs, use); });
  }
  for (const PlanOutput& output : plan.outputs) use(output.value);
  return used;
}

std::vector<bool> used_weights(const Plan& plan, size_t target) {
  const std::vector<bool> values = used_values(plan, target);
  std::vector<bool> used(plan.weights.size(), false);
  for (size_t i = 0; i < values.size(); ++i) {
    const bool is_weight = plan.values[i].storage == Storage::kWeight;
    if (values[i] && is_weight) used[static_cast<size_t>(plan.values[i].index)] = true;
  }
  return used;
}

std::vector<bool> used_by_any_target(const Plan& plan) {
  std::vector<bool> used(plan.weights.size(), false);
  for (size_t target = 0; target < plan.targets.size(); ++target) {
    const std::vector<bool> more = used_weights(plan, target);
    for (size_t i = 0; i < used.size(); ++i) used[i] = used[i] || more[i];
  }
  return used;
}

const KernelChoice& choice_for(const PlanStep& step, size_t target, int64_t tokens) {
  const std::vector<KernelChoice>& choices = step.kernels[target].choices;
  return *std::find_if(choices.begin(), choices.end(), [&](const KernelChoice& choice) {
    return choice.up_to_tokens == 0 || tokens <= choice.up_to_tokens;
  });
}

}  // namespace lathe::engine
