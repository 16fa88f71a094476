// SPDX-License-Identifier: Apache-2.0
#include "lathe/llm/model.h"

namespace lathe::llm {

namespace {

// Keys that depend on the length of the prompt are not those that another prompt would compute.
runtime::CacheReuse reuse_of(const engine::Plan& plan) {
  for (const engine::PlanStep& step : plan.steps) {
    for (const int input : step.inputs) {
      const engine::PlanValue& value = plan.values[static_cast<size_t>(input)];
      const bool length = value.storage == engine::Storage::kInput && value.name == "lengths";
      if (length) return runtime::CacheReuse::kOff;
    }
  }
  return runtime::CacheReuse::kOn;
}

}  // namespace

Model::Model(const std::shared_ptr<const exec::Engine>& engine, const std::filesystem::path& folder,
             const runtime::RunLimits& limits)
    : text_({engine->files().begin(), engine->files().end()}, folder.string()),
      limits_(runtime::step_limits(*engine, limits)),
      session_(engine, runtime::session_options(limits_, limits.max_logit_rows)),
      executor_(runtime::session_step(session_), {.limits = limits_,
                                                  .vocab = engine->manifest().model.vocab,
                                                  .reuse = reuse_of(engine->plan()),
                                                  .draws = runtime::session_draws(session_)}) {}

std::unique_ptr<Model> Model::open(const std::filesystem::path& folder,
                                   const OpenOptions& options) {
  exec::LoadOptions load = options.load;
  load.before_weights = runtime::check_before_weights(options.limits);
  return std::unique_ptr<Model>(new Model(exec::load_engine(folder, load), folder, options.limits));
}

}  // namespace lathe::llm
