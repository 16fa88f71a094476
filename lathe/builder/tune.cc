// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/tune.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "lathe/base/error.h"
#include "lathe/builder/lower/kernel_choice.h"
#include "lathe/builder/lower/measure.h"
#include "lathe/engine/inspect.h"

namespace lathe::builder {

namespace {

using engine::ChoiceTable;

const std::string& kernel_for(const ChoiceTable& table, int64_t up_to) {
  const auto serves = [&](const engine::KernelChoice& choice) {
    return choice.up_to_tokens == 0 || (up_to != 0 && up_to <= choice.up_to_tokens);
  };
  return std::ranges::find_if(table.choices, serves)->kernel;
}

// Where either table's ranges end.
std::vector<int64_t> ends_of(const ChoiceTable& a, const ChoiceTable& b) {
  std::vector<int64_t> out;
  for (const ChoiceTable* table : {&a, &b}) {
    for (const engine::KernelChoice& choice : table->choices) out.push_back(choice.up_to_tokens);
  }
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<TunedChoice> changes_of(const engine::Plan& before, const engine::Plan& after) {
  std::map<std::tuple<std::string, std::string, int64_t, std::string, std::string>, int64_t> steps;
  for (size_t i = 0; i < before.steps.size(); ++i) {
    for (size_t target = 0; target < before.targets.size(); ++target) {
      const ChoiceTable& old = before.steps[i].kernels[target];
      const ChoiceTable& now = after.steps[i].kernels[target];
      const std::string name = engine::target_name(before.targets[target]);
      for (const int64_t up_to : ends_of(old, now)) {
        const std::string &was = kernel_for(old, up_to), &is = kernel_for(now, up_to);
        if (was != is) ++steps[{before.steps[i].op, name, up_to, was, is}];
      }
    }
  }
  std::vector<TunedChoice> out;
  out.reserve(steps.size());
  for (const auto& [key, count] : steps) {
    out.push_back({.op = std::get<0>(key),
                   .target = std::get<1>(key),
                   .up_to_tokens = std::get<2>(key),
                   .before = std::get<3>(key),
                   .after = std::get<4>(key),
                   .steps = count});
  }
  return out;
}

}  // namespace

TuneReport tune(const engine::Plan& plan, TimingCache& cache, ThreadPool& pool) {
  for (const kernels::Target& target : plan.targets) {
    if (target.device == DeviceKind::kCpu) continue;
    fail(ErrorCode::kUnsupported, "plan ", quote(plan.name), " is for sm_", target.sm,
         ": only a CPU's kernels are timed, a GPU's are chosen by the cost model");
  }
  TuneReport report;
  const auto before = static_cast<int64_t>(cache.size());
  engine::Plan chosen = plan;
  choose_kernels(chosen, {.estimate = measured(cache, pool)});
  report.known = static_cast<int64_t>(cache.size());
  report.measured = report.known - before;
  report.changes = changes_of(plan, chosen);
  return report;
}

}  // namespace lathe::builder
