// SPDX-License-Identifier: Apache-2.0
// lathe explain: where the time of one generation step goes, launch by launch, beside what each
// would take if the memory or the arithmetic were never idle.
#include <algorithm>
#include <map>

#include "commands.h"
#include "lathe/core/cuda/arch.h"
#include "lathe/engine/folder.h"
#include "lathe/engine/step_cost.h"
#include "lathe/engine/usage.h"
#include "lathe/kernels/bench/ceilings.h"
#include "model_flags.h"
#include "print.h"
#include "token_count.h"
#include "waterfall.h"

namespace lathe::app {

namespace {

constexpr int kRepeat = 9;

struct ExplainOptions {
  ModelFlags model;
  int64_t batch = 1;
  TokenCount context{512};
  bool json = false;

  void declare(Flags& flags) {
    model.declare(flags);
    flags.value("--batch", batch, {"B", "sequences; 1", kBatch});
    flags.value("--context", context, {"N", "tokens of each, the step's included; 512", kTokens});
    flags.toggle("--json", json, "print one JSON object");
  }
  runtime::RunLimits limits() const {
    runtime::RunLimits out = model.limits;
    out.max_batch_size = batch;
    out.max_num_tokens = std::max(batch, out.max_num_tokens);
    return out;
  }
};

struct Floor {
  double us;
  std::string_view bound;
};
Floor floor_of(const kernels::Cost& cost, const kernels::Ceilings& ceilings) {
  const double peak = cost.integer ? ceilings.code_ops_per_s : ceilings.fma_flops_per_s;
  const double memory = cost.bytes / ceilings.read_bytes_per_s;
  const double arithmetic = cost.flops / peak;
  return {.us = std::max(memory, arithmetic) * 1e6,
          .bound = memory >= arithmetic ? "memory" : "arithmetic"};
}

kernels::BenchStep bench_step(const ExplainOptions& options, const engine::Plan& plan) {
  kernels::BenchStep step{.tokens = options.batch,
                          .sequences = options.batch,
                          .context = options.context.tokens - 1,
                          .block_size = plan.block_size};
  if (!plan.states.empty()) step.kv_dtype = plan.states[0].dtype;
  return step;
}

// Launches of one kernel for one op are one part.
std::vector<Part> parts_of(const engine::Plan& plan, size_t target, const kernels::BenchStep& step,
                           const kernels::Ceilings& ceilings, std::span<const double> launch_us) {
  std::map<std::pair<std::string, std::string>, Part> parts;
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const engine::PlanStep& one = plan.steps[i];
    const std::string& kernel = engine::choice_for(one, target, step.tokens).kernel;
    const Floor floor = floor_of(engine::step_cost(plan, one, step), ceilings);
    Part& part = parts[{one.op, kernel}];
    part.op = one.op;
    part.kernel = kernel;
    ++part.launches;
    part.floor_us += floor.us;
    part.bound = floor.bound;
    if (!launch_us.empty()) part.us = part.us.value_or(0) + launch_us[i];
  }
  std::vector<Part> out;
  out.reserve(parts.size());
  for (auto& [key, part] : parts) out.push_back(std::move(part));
  std::ranges::stable_sort(out, std::greater{},
                           [](const Part& part) { return part.us.value_or(part.floor_us); });
  return out;
}

double bytes_of(const engine::Plan& plan, const kernels::BenchStep& step) {
  double bytes = 0;
  for (const engine::PlanStep& one : plan.steps) {
    bytes += engine::step_cost(plan, one, step).bytes;
  }
  return bytes;
}

// As long a context as the model has, where none was asked for.
ExplainOptions fitted(ExplainOptions options, const engine::ModelFacts& model) {
  const int64_t most = options.model.longest_sequence(model);
  fit_default(options.context, "--context", most);
  check_length("--context", options.context.tokens, most);
  return options;
}

Waterfall explain_run(const ExplainOptions& options,
                      const std::shared_ptr<const exec::Engine>& engine) {
  runtime::RunLimits limits = options.limits();
  limits.max_seq_len = options.context.tokens;
  const runtime::StepLimits sizes = checked_limits(*engine, limits);
  exec::Session session(engine, runtime::session_options(sizes, options.batch));
  const runtime::StepProfile profile =
      runtime::profile_generation(session, options.batch, options.context.tokens, kRepeat);
  const engine::Plan& plan = engine->plan();
  const kernels::BenchStep step = bench_step(options, plan);
  const bool on_gpu = engine->gpu() != nullptr;
  kernels::Ceilings ceilings = kernels::kNominalHopper;
  if (!on_gpu) {
    ceilings = kernels::measure_ceilings(plan.targets[engine->target()].isa, engine->pool());
    ceilings.read_bytes_per_s =
        kernels::measure_read_rate(static_cast<int64_t>(bytes_of(plan, step)), engine->pool());
  }
  const Waterfall floors =
      summed({.device = engine->device().name,
              .ceilings = on_gpu ? "cost model" : "measured",
              .read_bytes_per_s = ceilings.read_bytes_per_s,
              .parts = parts_of(plan, engine->target(), step, ceilings, profile.launches.us)});
  return measured(floors, profile, on_gpu ? kTimedApart : kTimedInTheStep);
}

// Without the device: floors alone.
Waterfall explain_plan(const ExplainOptions& options, const engine::Plan& plan) {
  const kernels::BenchStep step = bench_step(options, plan);
  return summed({.device = cuda::arch_of(plan.targets[0].sm),
                 .ceilings = "cost model",
                 .read_bytes_per_s = kernels::kNominalHopper.read_bytes_per_s,
                 .parts = parts_of(plan, 0, step, kernels::kNominalHopper, {})});
}

Waterfall explain_engine(const ExplainOptions& options) {
  try {
    const auto engine = options.model.load_engine(options.limits());
    return explain_run(fitted(options, engine->manifest().model), engine);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnavailable) throw;
    const engine::EngineData data = engine::read_engine(options.model.engine.path);
    const engine::Plan& plan = data.manifest.plans[0];
    if (plan.targets[0].device != DeviceKind::kCuda) throw;
    print_note(cat("no such device here (", error.message(), "): floors of the cost model alone"));
    return explain_plan(fitted(options, data.manifest.model), plan);
  }
}

ExitCode explain(const ExplainOptions& options) {
  const Waterfall waterfall = explain_engine(options);
  if (options.json) {
    print_json(to_json(waterfall));
    return ExitCode::kOk;
  }
  print(waterfall_text(waterfall));
  return ExitCode::kOk;
}

}  // namespace

Command explain_command() {
  return make_command<ExplainOptions>({"explain",
                                       "where the time of a generation step goes",
                                       {"lathe explain smollm2.engine --batch 16 --context 512",
                                        "lathe explain smollm2.engine --json"}},
                                      explain);
}

}  // namespace lathe::app
