// SPDX-License-Identifier: Apache-2.0
#include "step_groups.h"

#include <map>
#include <numeric>

#include "lathe/base/median.h"
#include "lathe/base/text.h"
#include "lathe/engine/problem.h"
#include "lathe/engine/usage.h"

namespace lathe::app {

namespace {

kernels::BenchProblem bench_problem(const engine::Plan& plan, const engine::PlanStep& plan_step,
                                    const kernels::BenchStep& shape) {
  kernels::BenchProblem out{.text = cat("tokens=", shape.tokens, " | ", plan_step.op, " |"),
                            .problem = engine::problem_of(plan, plan_step),
                            .step = shape};
  for (const TensorType& input : out.problem.inputs) out.text += cat(" ", input.to_string());
  return out;
}

}  // namespace

double StepGroup::total_us() const { return std::accumulate(us.begin(), us.end(), 0.0); }

kernels::KernelFigure StepGroup::figure(const kernels::Ceilings& ceilings) const {
  kernels::KernelFigure out = figure_of(cost(), ceilings, median(us));
  out.op = problem.problem.op.name();
  out.kernel = kernel;
  out.problem = problem.text;
  return out;
}

std::vector<StepGroup> group_steps(const engine::Plan& plan, size_t target,
                                   kernels::BenchStep shape, const exec::StepTimes& times) {
  const std::vector<double>& us = times.us;
  shape.block_size = plan.block_size;
  if (!plan.states.empty()) shape.kv_dtype = plan.states[0].dtype;
  std::vector<StepGroup> out;
  std::map<std::string, size_t> known;
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    if (!us.empty() && us[i] == 0) continue;
    const engine::PlanStep& step = plan.steps[i];
    const std::string kernel(times.kernels.empty()
                                 ? engine::choice_for(step, target, shape.tokens).kernel
                                 : times.kernels[i]);
    kernels::BenchProblem problem = bench_problem(plan, step, shape);
    const auto [place, is_new] =
        known.emplace(cat(kernel, problem.text, step.attributes.dump()), out.size());
    if (is_new) out.push_back({.kernel = kernel, .problem = std::move(problem), .us = {}});
    out[place->second].us.push_back(us.empty() ? 0 : us[i]);
  }
  return out;
}

}  // namespace lathe::app
