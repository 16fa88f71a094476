// SPDX-License-Identifier: Apache-2.0
// lathe bench kernels: the kernels that an engine runs, or those of a problem file, beside what the
// machine could do at best. A CPU's are measured alone, a GPU's in the steps that run them.
#include <algorithm>

#include "commands.h"
#include "gpu_kernels.h"
#include "lathe/base/quiet_rounds.h"
#include "lathe/engine/folder.h"
#include "model_flags.h"
#include "print.h"
#include "token_count.h"

namespace lathe::app {

namespace {

using kernels::BenchProblem;
using kernels::BenchStep;
using kernels::KernelFigure;

struct BenchKernelsOptions {
  ModelFlags model;
  ExistingFile problems;
  std::optional<int64_t> batch;
  TokenCount context{512};
  bool json = false;

  void declare(Flags& flags) {
    flags.optional_positional("ENGINE", model.engine, "folder that `lathe build` wrote");
    flags.value("--problems", problems, {"FILE", "bench/problems/<op>.txt instead of an engine"});
    flags.value("--batch", batch,
                {"B", "sequences of a generation step, instead of three steps; 1", kBatch});
    flags.value("--context", context,
                {"N", "tokens of each of them, the step's included; 512", kTokens});
    model.declare_options(flags);
    flags.toggle("--json", json, "print one JSON object");
  }
  bool asks_for_a_step() const { return batch || context.given; }
  bool asks_for_a_gpu() const {
    const auto device = model.load_options().device;
    return device && device->kind == DeviceKind::kCuda;
  }
};

// One token after 512 others, sixteen sequences of the kind, and a prompt of 512 tokens.
constexpr BenchStep kSteps[] = {{.tokens = 1, .context = 512},
                                {.tokens = 16, .sequences = 16, .context = 512},
                                {.tokens = 512}};

// The step that is asked for, or the three.
std::vector<BenchStep> shapes_of(BenchKernelsOptions options, const engine::ModelFacts& model) {
  if (!options.asks_for_a_step()) return {std::begin(kSteps), std::end(kSteps)};
  const int64_t most = options.model.longest_sequence(model), batch = options.batch.value_or(1);
  fit_default(options.context, "--context", most);
  check_length("--context", options.context.tokens, most);
  return {{.tokens = batch, .sequences = batch, .context = options.context.tokens - 1}};
}

size_t target_of(const engine::Plan& plan, kernels::CpuIsa isa) {
  const auto found = std::ranges::find(plan.targets, isa, &kernels::Target::isa);
  if (found == plan.targets.end()) {
    fail(ErrorCode::kUnsupported, "the engine has no kernels for ", to_string(isa));
  }
  return static_cast<size_t>(found - plan.targets.begin());
}

// What is measured; read before anything is.
struct Subject {
  std::optional<engine::EngineData> engine;
  std::vector<BenchProblem> problems;

  bool is_for_a_gpu() const {
    return engine && engine->manifest.plans[0].targets[0].device == DeviceKind::kCuda;
  }
};

Subject read_subject(const BenchKernelsOptions& options) {
  if (!options.problems.empty()) {
    return {.engine = {}, .problems = kernels::read_problems(options.problems.string())};
  }
  return {.engine = engine::read_engine(options.model.engine.path), .problems = {}};
}

kernels::CpuIsa isa_of(const BenchKernelsOptions& options) {
  const kernels::CpuIsa isa = options.model.load_options().isa.value_or(kernels::machine_isa());
  if (isa <= kernels::machine_isa()) return isa;
  fail(ErrorCode::kUnavailable, "--cpu-isa ", to_string(isa), ": this machine has ",
       to_string(kernels::machine_isa()));
}

std::vector<KernelRow> measure(const BenchKernelsOptions& options, const Subject& subject,
                               kernels::KernelBench& bench) {
  std::vector<KernelRow> rows;
  for (const BenchProblem& problem : subject.problems) {
    for (const KernelFigure& figure : bench.measure_all(problem)) rows.push_back({figure});
  }
  if (!subject.engine) return rows;
  const std::vector<BenchStep> shapes = shapes_of(options, subject.engine->manifest.model);
  for (const engine::Plan& plan : subject.engine->manifest.plans) {
    const size_t target = target_of(plan, isa_of(options));
    for (const BenchStep& shape : shapes) {
      for (const StepGroup& group : group_steps(plan, target, shape)) {
        const kernels::Kernel& kernel = *kernels::find_kernel(group.kernel);
        rows.push_back({bench.measure(kernel, group.problem), group.num_steps()});
      }
    }
  }
  return rows;
}

KernelReport bench_on_cpu(const BenchKernelsOptions& options, const Subject& subject) {
  const kernels::CpuIsa isa = isa_of(options);
  ThreadPool pool(options.model.threads);
  // Some 50 ms each: a burst of others' work of half a second is outlasted.
  QuietRounds rounds({.who = "bench kernels", .most_discarded = 12});
  kernels::KernelBench bench(isa, pool, rounds);
  KernelReport out{.facts = Json::object(), .rows = measure(options, subject, bench)};
  out.facts["cpu_isa"] = to_string(isa);
  out.facts["threads"] = pool.num_threads();
  out.facts["discarded_rounds"] = rounds.discarded();
  out.facts["contended_rounds"] = rounds.contended();
  out.facts["ceilings"] = lathe::to_json(bench.ceilings());
  return out;
}

KernelReport bench_on_gpu(const BenchKernelsOptions& options, const Subject& subject) {
  const engine::ModelFacts& model = subject.engine->manifest.model;
  std::vector<BenchStep> shapes = shapes_of(options, model);
  for (BenchStep& shape : shapes) shape = fitted(shape, options.model.longest_sequence(model));
  const runtime::RunLimits limits = limits_for(options.model.limits, shapes);
  const std::string why = options.model.why_no_gpu(subject.engine->manifest.plans[0]);
  if (!why.empty()) {
    fail(ErrorCode::kUnavailable, why,
         "; without a GPU `lathe explain` gives what each kernel takes at least");
  }
  const auto engine = options.model.load_engine(limits);
  const EngineCeilings ceilings =
      gpu_ceilings(*engine->gpu(), options.model.load_options().cuda_libraries);
  const GpuKernels timed = time_gpu_kernels(engine, limits, shapes);
  if (!timed.host_was_ahead) print_note(kHostWasSlow);
  return report_of(engine->device().name, ceilings, timed);
}

void check_usage(const BenchKernelsOptions& options) {
  if (options.model.engine.empty() == options.problems.empty()) {
    fail(ErrorCode::kInvalidArgument, "ENGINE, --problems: expected one of them");
  }
  if (!options.problems.empty() && options.asks_for_a_step()) {
    fail(ErrorCode::kInvalidArgument,
         "--batch, --context: expected with an ENGINE; a problem file says what its steps are");
  }
  if (!options.problems.empty() && options.asks_for_a_gpu()) {
    fail(ErrorCode::kInvalidArgument, "--device: expected cpu with --problems, got a GPU");
  }
}

ExitCode bench_kernels(const BenchKernelsOptions& options) {
  check_usage(options);
  const Subject subject = read_subject(options);
  const bool on_gpu = subject.is_for_a_gpu() || options.asks_for_a_gpu();
  const KernelReport report =
      on_gpu ? bench_on_gpu(options, subject) : bench_on_cpu(options, subject);
  if (options.json) {
    print_json(to_json(report));
  } else {
    print(text_of(report));
  }
  return ExitCode::kOk;
}

}  // namespace

Command bench_kernels_command() {
  return make_command<BenchKernelsOptions>(
      {"bench kernels",
       "each kernel's time against the measured ceilings",
       {"lathe bench kernels smollm2.engine --threads 2 --json",
        "lathe bench kernels llama3_8b.engine --batch 16 --context 1024",
        "lathe bench kernels --problems bench/problems/rms_norm.txt"}},
      bench_kernels);
}

}  // namespace lathe::app
