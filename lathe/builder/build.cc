// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/build.h"

#include <algorithm>

#include "lathe/base/clock.h"
#include "lathe/base/error.h"
#include "lathe/builder/codegen/generate_code.h"
#include "lathe/builder/codegen/scratch_folder.h"
#include "lathe/builder/lower/lower.h"
#include "lathe/builder/lower/memory_plan.h"
#include "lathe/builder/lower/timed_choice.h"
#include "lathe/builder/target_support.h"
#include "lathe/engine/refusals.h"

namespace lathe::builder {

namespace {

using engine::Plan;
using engine::PlanStep;

// A GPU computes in one 16-bit dtype.
std::optional<DType> weight_dtype_of(const BuildOptions& options) {
  if (options.targets[0].device == DeviceKind::kCpu) return options.weight_dtype;
  const DType dtype = options.weight_dtype.value_or(DType::kBf16);
  if (dtype == DType::kBf16 || dtype == DType::kF16) return dtype;
  fail(ErrorCode::kUnsupported, "a GPU computes in bf16 or fp16, the build asks for ",
       to_string(dtype));
}

PassContext context_of(const BuildOptions& options) {
  LATHE_CHECK(!options.targets.empty(), "a build needs a target");
  return {.targets = options.targets,
          .catalog = options.catalog ? &*options.catalog : nullptr,
          .weight_dtype = weight_dtype_of(options),
          .notes = {}};
}

// The stages behind the passes: each works on the plan and is a line of the report.
class Stages {
 public:
  Stages(const BuildOptions& options, const Plan& plan, BuildReport& report)
      : begin_(options.pipeline.begin), plan_(plan), report_(report) {}

  template <class F>
  void run(std::string_view name, F&& stage) {
    if (begin_) begin_(name);
    const int64_t ops = num_steps();
    const Stopwatch watch;
    stage();
    report_.passes.push_back({.name = std::string(name),
                              .seconds = watch.seconds(),
                              .ops_before = ops,
                              .ops_after = num_steps(),
                              .notes = {}});
  }

 private:
  int64_t num_steps() const { return static_cast<int64_t>(plan_.steps.size()); }
  const std::function<void(std::string_view)>& begin_;
  const Plan& plan_;
  BuildReport& report_;
};

// By times where there is a cache to keep them in or a GPU to take them on, else by the cost model.
void choose(Plan& plan, const BuildOptions& options, const CompileOptions& compile) {
  if (options.timing_cache.empty() && options.gpu == nullptr) return choose_kernels(plan, {});
  TimingCache cache(options.timing_cache);
  const TimedChoice timed(plan, cache,
                          {.gpu = options.gpu, .compile = compile, .check = options.check});
  choose_kernels(plan, timed.options());
  cache.save_or_warn();
}

void append(std::vector<PassReport>& to, std::vector<PassReport> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

// Why no other kernel serves: "linear.cpu.avx512.q8_0: the weight is q4_1; …". Kernels of another
// device were never to be had.
std::string refusals_text(std::span<const engine::Refusal> refused, DeviceKind device) {
  std::vector<std::string> out;
  for (const engine::Refusal& refusal : refused) {
    const kernels::Kernel* kernel = kernels::find_kernel(refusal.kernel);
    if (kernel != nullptr && (kernel->cuda != nullptr) != (device == DeviceKind::kCuda)) continue;
    out.push_back(cat(refusal.kernel, ": ", refusal.why));
  }
  return out.empty() ? "it is the only kernel of its op" : join(out, "; ");
}

bool falls_back(const engine::ChoiceTable& table) {
  return std::any_of(table.choices.begin(), table.choices.end(),
                     [](const engine::KernelChoice& choice) { return is_fallback(choice.kernel); });
}

void summarize(const Plan& plan, BuildReport& report) {
  std::map<std::string, int64_t> fallbacks;
  for (const PlanStep& step : plan.steps) {
    const engine::ChoiceTable& table = step.kernels.back();
    ++report.kernels[table.choices.back().kernel];
    const DeviceKind device = plan.targets.back().device;
    const std::span<const engine::Refusal> refused = engine::refusals_of(plan, table);
    if (falls_back(table)) ++fallbacks[cat(step.op, ": ", refusals_text(refused, device))];
  }
  for (const auto& [text, steps] : fallbacks) {
    report.fallbacks.push_back(cat(steps, " of ", text));
    report.fallback_steps += steps;
  }
  report.ops_after = static_cast<int64_t>(plan.steps.size());
}

void refuse_fallbacks(const BuildReport& report) {
  if (report.fallbacks.empty()) return;
  fail(ErrorCode::kUnsupported,
       "strict: steps run on slow kernels that serve any shape: ", join(report.fallbacks, " | "));
}

// The stages behind the passes.
void make_plan(const graph::Network& network, const BuildOptions& options, BuildResult& result) {
  Plan& plan = result.plan;
  Stages stages(options, plan, result.report);
  stages.run("lower", [&] { plan = lower(network); });
  plan.targets = options.targets;
  plan.block_size = options.block_size;
  // What is compiled to be timed is compiled once.
  CompileOptions compile = options.compile;
  std::optional<ScratchFolder> code;
  if (options.gpu != nullptr && compile.cache.empty()) compile.cache = code.emplace().path();
  stages.run("choose_kernels", [&] { choose(plan, options, compile); });
  summarize(plan, result.report);
  if (options.strictness == Strictness::kRefuseFallbacks) refuse_fallbacks(result.report);
  if (plan.targets[0].device == DeviceKind::kCuda) {
    stages.run("compile", [&] { result.code = generate_code(plan, compile); });
  }
  stages.run("place_arena", [&] { place_arena(plan); });
  stages.run("verify", [&] { engine::verify(plan); });
}

}  // namespace

std::vector<kernels::Target> cpu_targets() {
  std::vector<kernels::Target> out;
  for (const kernels::CpuIsa isa : enum_values(kernels::CpuIsa{})) {
    out.push_back({.device = DeviceKind::kCpu, .isa = isa});
  }
  return out;
}

std::unique_ptr<graph::Network> bind(const graph::Network& network, const BuildOptions& options) {
  std::unique_ptr<graph::Network> bound = network.clone();
  PassContext context = context_of(options);
  run_passes(bind_passes(), *bound, context, {.skip = options.pipeline.skip, .dump_folder = {}});
  return bound;
}

BuildResult build(const graph::Network& network, const BuildOptions& options) {
  const Stopwatch watch;
  check_pass_names(options.pipeline.skip);
  const std::unique_ptr<graph::Network> work = network.clone();
  PassContext context = context_of(options);
  BuildResult result;
  BuildReport& report = result.report;
  report.ops_before = static_cast<int64_t>(work->nodes().size());
  PipelineOptions pipeline = options.pipeline;
  report.passes = run_passes(bind_passes(), *work, context, pipeline);
  pipeline.first_number = static_cast<int>(report.passes.size());
  append(report.passes, run_passes(optimize_passes(), *work, context, pipeline));

  make_plan(*work, options, result);
  report.seconds = watch.seconds();
  return result;
}

}  // namespace lathe::builder
