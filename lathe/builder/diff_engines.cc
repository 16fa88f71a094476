// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "lathe/base/error.h"
#include "lathe/builder/drift.h"

namespace lathe::builder {

namespace {

using Values = std::map<std::string, Tensor, std::less<>>;

struct Run {
  const std::shared_ptr<const exec::Engine>& engine;
  const graph::NamedTensors& inputs;
  const DiffOptions& options;
};

// Runs one step and shows every value that the plan has a name for.
void run(const Run& run, const std::function<void(size_t, const std::string&, TensorView)>& show) {
  exec::Session session(
      run.engine,
      {.plan = 0, .limits = run.options.limits, .num_blocks = run.options.num_blocks, .plant = {}});
  session.set_tap(
      [&](size_t index, std::span<const TensorView>, std::span<const TensorView> outputs) {
        const engine::PlanStep& step = run.engine->plan().steps[index];
        for (size_t i = 0; i < outputs.size(); ++i) {
          const bool shown = !step.computes[i].empty() && outputs[i].dtype != DType::kState;
          if (shown) show(index, step.computes[i], outputs[i]);
        }
      });
  std::vector<exec::NamedView> views;
  for (const auto& [name, tensor] : run.inputs) views.push_back({name, tensor.view()});
  session.run(views);
}

}  // namespace

DiffReport diff_engines(const std::shared_ptr<const exec::Engine>& engine,
                        const std::shared_ptr<const exec::Engine>& against,
                        const graph::NamedTensors& inputs, const DiffOptions& options) {
  Values expected;
  run({against, inputs, options},
      [&](size_t, const std::string& name, TensorView value) { expected[name] = copy_of(value); });
  DiffReport report;
  const DimBindings bindings = {{"tokens", options.limits.at("tokens")}};
  run({engine, inputs, options}, [&](size_t step, const std::string& name, TensorView value) {
    const auto found = expected.find(name);
    if (found == expected.end() || found->second.num_elements() != value.num_elements()) return;
    record({step, name, copy_of(value), found->second}, *engine, options.tolerance, bindings,
           report);
  });
  if (report.values_compared == 0) {
    fail(ErrorCode::kCorrupt, "no value is computed by both engines: they are different models");
  }
  return report;
}

}  // namespace lathe::builder
