// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/tune.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "lathe/base/error.h"
#include "lathe/builder/codegen/generate_code.h"
#include "lathe/builder/lower/asked_step.h"
#include "lathe/builder/lower/memory_plan.h"
#include "lathe/core/cuda/arch.h"
#include "lathe/engine/inspect.h"
#include "lathe/engine/problem.h"

namespace lathe::builder {

namespace {

using engine::ChoiceTable;
using engine::Plan;

const std::string& kernel_for(const ChoiceTable& table, int64_t up_to) {
  const auto serves = [&](const engine::KernelChoice& choice) {
    return choice.up_to_tokens == 0 || (up_to != 0 && up_to <= choice.up_to_tokens);
  };
  return std::ranges::find_if(table.choices, serves)->kernel;
}

class Comparison {
 public:
  Comparison(const Plan& before, const Plan& after, const ChoiceOptions& options)
      : before_(before), after_(after), options_(options) {
    for (size_t step = 0; step < before.steps.size(); ++step) {
      for (size_t target = 0; target < before.targets.size(); ++target) compare(step, target);
    }
  }

  std::vector<TunedChoice> changes() const {
    std::vector<TunedChoice> out;
    for (const auto& [key, change] : changes_) {
      out.push_back(change);
      out.back().before_us /= static_cast<double>(change.steps);
      out.back().after_us /= static_cast<double>(change.steps);
    }
    return out;
  }

 private:
  void compare(size_t step, size_t target) {
    const ChoiceTable& old = before_.steps[step].kernels[target];
    const ChoiceTable& now = after_.steps[step].kernels[target];
    for (const TokenRange& range : ask(before_, target, step, options_.token_ranges).ranges) {
      const std::string &was = kernel_for(old, range.last), &is = kernel_for(now, range.last);
      if (was == is) continue;
      const std::string name = engine::target_name(before_.targets[target]);
      TunedChoice& change = changes_[{before_.steps[step].op, name, range.first, was, is}];
      change.op = before_.steps[step].op;
      change.target = name;
      change.up_to_tokens = range.last;
      change.before = was;
      change.after = is;
      ++change.steps;
      change.before_us += us_of(step, target, range, was);
      change.after_us += us_of(step, target, range, is);
    }
  }

  double us_of(size_t step, size_t target, const TokenRange& range,
               const std::string& kernel) const {
    const kernels::Problem problem = problem_of(before_, before_.steps[step]);
    const double seconds = options_.estimate({.kernel = *kernels::find_kernel(kernel),
                                              .problem = problem,
                                              .target = before_.targets[target],
                                              .tokens = range.weighed_at()});
    return seconds < kUntimedSeconds ? seconds * 1e6 : 0;
  }

  const Plan& before_;
  const Plan& after_;
  const ChoiceOptions& options_;
  using Key = std::tuple<std::string, std::string, int64_t, std::string, std::string>;
  std::map<Key, TunedChoice> changes_;
};

}  // namespace

Tuned tune(const Plan& plan, TimingCache& cache, const TimingSettings& settings) {
  const kernels::Target& target = plan.targets[0];
  if (target.device != DeviceKind::kCpu && settings.gpu == nullptr) {
    fail(ErrorCode::kUnavailable, "plan ", quote(plan.name), " is for ", cuda::arch_of(target.sm),
         ": its kernels are timed on such a GPU, there is none");
  }
  const auto before = static_cast<int64_t>(cache.size());
  const TimedChoice timed(plan, cache, settings);
  Tuned out{.report = {}, .plan = plan};
  out.plan.refusals.clear();
  choose_kernels(out.plan, timed.options());
  out.report.known = static_cast<int64_t>(cache.size());
  out.report.measured = out.report.known - before;
  out.report.changes = Comparison(plan, out.plan, timed.options()).changes();
  return out;
}

engine::DeviceCode finish(Plan& plan, const CompileOptions& options) {
  engine::DeviceCode code = generate_code(plan, options);
  place_arena(plan);
  engine::verify(plan);
  return code;
}

}  // namespace lathe::builder
