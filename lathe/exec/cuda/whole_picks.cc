// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/whole_picks.h"

#include <algorithm>
#include <functional>

#include "lathe/engine/usage.h"
#include "lathe/ops/layout.h"

namespace lathe::exec {

namespace {

using engine::Plan;
using engine::Storage;

bool picks_all_rows(const Plan& plan, const ReadyStep& step) {
  const auto* gather = step.op.as<ops::Gather>();
  if (gather == nullptr) return false;
  const engine::PlanValue& rows = plan.values[static_cast<size_t>(step.choice->inputs[1])];
  const TensorView &x = step.inputs[0], &y = step.outputs[0];
  return rows.storage == Storage::kInput && rows.name == "logit_rows" &&
         (gather->axis == 0 || gather->axis == -x.rank) && x.size(0) == y.size(0);
}

// Whether steps alone read the value, and by its own number.
bool is_private(const Plan& plan, int value) {
  const auto has_its_memory = [&](int other) {
    return engine::root_of(plan, other) == engine::root_of(plan, value);
  };
  for (int i = 0; i < static_cast<int>(std::ssize(plan.values)); ++i) {
    if (i != value && has_its_memory(i)) return false;
  }
  return std::ranges::none_of(
      plan.outputs, [&](const engine::PlanOutput& output) { return has_its_memory(output.value); });
}

bool overlap(const TensorView& a, const TensorView& b) {
  const auto *first = static_cast<const std::byte*>(a.data),
             *second = static_cast<const std::byte*>(b.data);
  return std::less<>()(first, second + b.num_bytes()) &&
         std::less<>()(second, first + a.num_bytes());
}

bool writes_over(const ReadyStep& step, const TensorView& memory) {
  return std::ranges::any_of(step.outputs, [&](const TensorView& output) {
    return output.dtype != DType::kState && overlap(output, memory);
  });
}

bool reads(const ReadyStep& step, int value) {
  return std::ranges::find(step.choice->inputs, value) != step.choice->inputs.end();
}

// The steps behind the first that read a value, and those in between.
std::span<ReadyStep> until_last_reader(std::span<ReadyStep> steps, int value) {
  size_t count = steps.size();
  while (count > 0 && !reads(steps[count - 1], value)) --count;
  return steps.first(count);
}

}  // namespace

std::vector<bool> skip_whole_picks(const Plan& plan, std::span<ReadyStep> steps) {
  std::vector<bool> skipped(steps.size(), false);
  for (size_t i = 0; i < steps.size(); ++i) {
    if (!picks_all_rows(plan, steps[i])) continue;
    const int result = steps[i].output_values[0];
    const TensorView operand = steps[i].inputs[0];
    const std::span<ReadyStep> readers = until_last_reader(steps.subspan(i + 1), result);
    const auto takes_over = [&](const ReadyStep& step) { return writes_over(step, operand); };
    if (!is_private(plan, result) || std::ranges::any_of(readers, takes_over)) continue;
    for (ReadyStep& reader : readers) {
      for (size_t k = 0; k < reader.inputs.size(); ++k) {
        if (reader.choice->inputs[k] == result) reader.inputs[k].data = operand.data;
      }
    }
    skipped[i] = true;
  }
  return skipped;
}

}  // namespace lathe::exec
