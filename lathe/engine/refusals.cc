// SPDX-License-Identifier: Apache-2.0
#include "lathe/engine/refusals.h"

#include <algorithm>
#include <map>
#include <utility>

namespace lathe::engine {

namespace {

// "linear.cpu.avx2.bf16" -> "cpu.avx2.bf16".
std::string without_op(std::string_view kernel, std::string_view op) {
  const bool has = kernel.starts_with(op) && kernel.substr(op.size()).starts_with('.');
  return std::string(has ? kernel.substr(op.size() + 1) : kernel);
}

}  // namespace

std::span<const Refusal> refusals_of(const Plan& plan, const ChoiceTable& table) {
  if (table.refused < 0) return {};
  return plan.refusals.at(static_cast<size_t>(table.refused));
}

int keep_refusals(Plan& plan, std::vector<Refusal> refusals) {
  if (refusals.empty()) return -1;
  const auto known = std::ranges::find(plan.refusals, refusals);
  const auto index = static_cast<int>(known - plan.refusals.begin());
  if (known == plan.refusals.end()) plan.refusals.push_back(std::move(refusals));
  return index;
}

std::vector<RefusalGroup> group_refusals(const Plan& plan, size_t target) {
  std::map<std::pair<std::string, std::string>, std::map<std::string, int64_t>> groups;
  for (const PlanStep& step : plan.steps) {
    for (const Refusal& refusal : refusals_of(plan, step.kernels[target])) {
      ++groups[{step.op, refusal.why}][without_op(refusal.kernel, step.op)];
    }
  }
  std::vector<RefusalGroup> out;
  out.reserve(groups.size());
  for (const auto& [reason, kernels] : groups) {
    RefusalGroup group{reason.first, reason.second, {}, 0};
    for (const auto& [kernel, steps] : kernels) {
      group.kernels.push_back(kernel);
      group.steps = std::max(group.steps, steps);
    }
    out.push_back(std::move(group));
  }
  return out;
}

}  // namespace lathe::engine
