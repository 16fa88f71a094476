// SPDX-License-Identifier: Apache-2.0
// lathe explain: where the time of one generation step goes, launch by launch, beside what each
// would take if the memory or the arithmetic were never idle.
#include <algorithm>
#include <map>

#include "commands.h"
#include "engine_ceilings.h"
#include "lathe/core/cuda/arch.h"
#include "lathe/engine/folder.h"
#include "model_flags.h"
#include "print.h"
#include "step_groups.h"
#include "token_count.h"
#include "waterfall.h"

namespace lathe::app {

namespace {

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

kernels::BenchStep bench_step(const ExplainOptions& options) {
  return {
      .tokens = options.batch, .sequences = options.batch, .context = options.context.tokens - 1};
}

// Launches of one kernel for one op are one part.
std::vector<Part> parts_of(std::span<const StepGroup> groups, const kernels::Ceilings& ceilings) {
  std::map<std::pair<std::string, std::string>, Part> parts;
  for (const StepGroup& group : groups) {
    const kernels::KernelFigure figure = group.figure(ceilings);
    Part& part = parts[{figure.op, figure.kernel}];
    part.op = figure.op;
    part.kernel = figure.kernel;
    part.launches += group.num_steps();
    part.floor_us += figure.ceiling_us * static_cast<double>(group.num_steps());
    part.bound = figure.bound == "memory" ? "memory" : "arithmetic";
    if (figure.us > 0) part.us = part.us.value_or(0) + group.total_us();
  }
  std::vector<Part> out;
  out.reserve(parts.size());
  for (auto& [key, part] : parts) out.push_back(std::move(part));
  std::ranges::stable_sort(out, std::greater{},
                           [](const Part& part) { return part.us.value_or(part.floor_us); });
  return out;
}

double bytes_of(std::span<const StepGroup> groups) {
  double bytes = 0;
  for (const StepGroup& group : groups) {
    bytes += group.cost().bytes * static_cast<double>(group.num_steps());
  }
  return bytes;
}

// A CPU's memory is read at the working set of the step.
EngineCeilings ceilings_of(const exec::Engine& engine, std::span<const StepGroup> groups,
                           const ExplainOptions& options) {
  if (engine.gpu() != nullptr) {
    return gpu_ceilings(*engine.gpu(), options.model.load_options().cuda_libraries);
  }
  const kernels::CpuIsa isa = engine.plan().targets[engine.target()].isa;
  kernels::Ceilings rates = kernels::measure_ceilings(isa, engine.pool());
  rates.read_bytes_per_s =
      kernels::measure_read_rate(static_cast<int64_t>(bytes_of(groups)), engine.pool());
  return {rates, kMeasured};
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
  const kernels::BenchStep shape = bench_step(options);
  const runtime::StepProfile profile = runtime::profile_step(session, shape, kStepRepeats);
  const std::vector<StepGroup> groups =
      group_steps(engine->plan(), engine->target(), shape, profile.launches);
  const EngineCeilings ceilings = ceilings_of(*engine, groups, options);
  const Waterfall floors = summed({.device = engine->device().name,
                                   .ceilings = std::string(ceilings.known),
                                   .read_bytes_per_s = ceilings.rates.read_bytes_per_s,
                                   .parts = parts_of(groups, ceilings.rates)});
  return measured(floors, profile, engine->gpu() != nullptr ? kTimedApart : kTimedInTheStep);
}

// Without the device: floors alone.
Waterfall explain_plan(const ExplainOptions& options, const engine::Plan& plan) {
  const std::vector<StepGroup> groups = group_steps(plan, 0, bench_step(options));
  return summed({.device = cuda::arch_of(plan.targets[0].sm),
                 .ceilings = std::string(kCostModel),
                 .read_bytes_per_s = kernels::kNominalHopper.read_bytes_per_s,
                 .parts = parts_of(groups, kernels::kNominalHopper)});
}

Waterfall explain_engine(const ExplainOptions& options) {
  const engine::EngineData data = engine::read_engine(options.model.engine.path);
  const engine::Plan& plan = data.manifest.plans[0];
  const ExplainOptions fitting = fitted(options, data.manifest.model);
  const std::string why = options.model.why_no_gpu(plan);
  if (why.empty()) return explain_run(fitting, options.model.load_engine(options.limits()));
  print_note(cat("no such device here (", why, "): floors of the cost model alone"));
  return explain_plan(fitting, plan);
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
