// SPDX-License-Identifier: Apache-2.0
// lathe bench kernels: the kernels that an engine runs, or those of a problem file, beside what the
// machine could do at best.
#include <algorithm>
#include <cmath>
#include <map>

#include "commands.h"
#include "lathe/base/quiet_rounds.h"
#include "lathe/engine/folder.h"
#include "lathe/engine/usage.h"
#include "lathe/kernels/bench/figures.h"
#include "print.h"

namespace lathe::app {

namespace {

using kernels::BenchProblem;
using kernels::BenchStep;
using kernels::KernelFigure;

struct BenchKernelsOptions {
  ExistingPath engine;
  ExistingFile problems;
  std::optional<kernels::CpuIsa> isa;
  int threads = 0;
  bool json = false;

  void declare(Flags& flags) {
    flags.optional_positional("ENGINE", engine, "folder that `lathe build` wrote");
    flags.value("--problems", problems, {"FILE", "bench/problems/<op>.txt instead of an engine"});
    flags.value("--cpu-isa", isa, {"CLASS", "avx2, avx512 or vnni; the machine's highest"});
    flags.value("--threads", threads, {"N", "threads of the CPU; all cores", {1, 1024}});
    flags.toggle("--json", json, "print one JSON object");
  }
};

// One token after 512 others, sixteen sequences of the kind, and a prompt of 512 tokens.
constexpr BenchStep kSteps[] = {{.tokens = 1, .context = 512},
                                {.tokens = 16, .sequences = 16, .context = 512},
                                {.tokens = 512}};

struct Row {
  KernelFigure figure;
  int64_t steps = 1;  // of the plan that are this problem
};

class PlanBench {
 public:
  PlanBench(const engine::Plan& plan, kernels::CpuIsa isa, kernels::KernelBench& bench)
      : plan_(plan), target_(target_of(plan, isa)), bench_(bench) {}

  std::vector<Row> run(BenchStep step) {
    step.block_size = plan_.block_size;
    if (!plan_.states.empty()) step.kv_dtype = plan_.states[0].dtype;
    std::vector<Row> rows;
    std::map<std::string, size_t> known;  // problem -> its row
    for (const engine::PlanStep& plan_step : plan_.steps) {
      const engine::KernelChoice& choice = engine::choice_for(plan_step, target_, step.tokens);
      const BenchProblem problem = problem_of(plan_step, step);
      const auto [place, is_new] = known.emplace(cat(choice.kernel, problem.text), rows.size());
      if (is_new) {
        rows.push_back({bench_.measure(*kernels::find_kernel(choice.kernel), problem)});
      } else {
        ++rows[place->second].steps;
      }
    }
    return rows;
  }

 private:
  static size_t target_of(const engine::Plan& plan, kernels::CpuIsa isa) {
    for (size_t i = 0; i < plan.targets.size(); ++i) {
      const kernels::Target& target = plan.targets[i];
      if (target.device == DeviceKind::kCpu && target.isa == isa) return i;
    }
    const bool for_gpu = plan.targets[0].device != DeviceKind::kCpu;
    fail(for_gpu ? ErrorCode::kUnavailable : ErrorCode::kUnsupported,
         "the engine has no kernels for ", to_string(isa),
         for_gpu ? ": it is for a GPU, whose kernels `lathe explain` shows" : "");
  }

  BenchProblem problem_of(const engine::PlanStep& plan_step, const BenchStep& step) const {
    BenchProblem out{.text = cat("tokens=", step.tokens, " | ", plan_step.op, " |"),
                     .problem = {ops::Op::parse(plan_step.op, plan_step.attributes), {}, {}},
                     .step = step};
    for (const int input : plan_step.inputs) {
      out.problem.inputs.push_back(plan_.values[static_cast<size_t>(input)].type);
      out.text += cat(" ", out.problem.inputs.back().to_string());
    }
    out.problem.outputs = out.problem.op.infer(out.problem.inputs);
    return out;
  }

  const engine::Plan& plan_;
  size_t target_;
  kernels::KernelBench& bench_;
};

// What is measured; read before anything is.
struct Subject {
  std::optional<engine::EngineData> engine;
  std::vector<BenchProblem> problems;
};

Subject read_subject(const BenchKernelsOptions& options) {
  if (!options.problems.empty()) {
    return {.engine = {}, .problems = kernels::read_problems(options.problems.string())};
  }
  return {.engine = engine::read_engine(options.engine.path), .problems = {}};
}

std::vector<Row> measure(const Subject& subject, kernels::CpuIsa isa, kernels::KernelBench& bench) {
  std::vector<Row> rows;
  const auto add = [&](std::vector<Row> more) {
    rows.insert(rows.end(), more.begin(), more.end());
  };
  for (const BenchProblem& problem : subject.problems) {
    for (const KernelFigure& figure : bench.measure_all(problem)) add({{figure}});
  }
  if (!subject.engine) return rows;
  for (const engine::Plan& plan : subject.engine->manifest.plans) {
    PlanBench plan_bench(plan, isa, bench);
    for (const BenchStep& step : kSteps) add(plan_bench.run(step));
  }
  return rows;
}

void print_row(const Row& row) {
  const KernelFigure& figure = row.figure;
  const auto rounded = [](double value) { return std::round(value * 10) / 10; };
  print(cat(figure.kernel, "  ", rounded(figure.us), " us  x ", row.steps, "  ",
            rounded(figure.share * 100), " % of ", figure.bound,
            figure.contended ? " (contended)  " : "  ", rounded(figure.bytes / figure.us / 1e3),
            " GB/s  ", rounded(figure.flops / figure.us / 1e3), " Gop/s  ", figure.problem, "\n"));
}

ExitCode bench_kernels(const BenchKernelsOptions& options) {
  if (options.engine.empty() == options.problems.empty()) {
    fail(ErrorCode::kInvalidArgument, "ENGINE, --problems: expected one of them");
  }
  const kernels::CpuIsa isa = options.isa.value_or(kernels::machine_isa());
  if (isa > kernels::machine_isa()) {
    fail(ErrorCode::kUnavailable, "--cpu-isa ", to_string(isa), ": this machine has ",
         to_string(kernels::machine_isa()));
  }
  const Subject subject = read_subject(options);
  ThreadPool pool(options.threads);
  // Some 50 ms each: a burst of others' work of half a second is outlasted.
  QuietRounds rounds({.who = "bench kernels", .most_discarded = 12});
  kernels::KernelBench bench(isa, pool, rounds);
  const std::vector<Row> rows = measure(subject, isa, bench);
  Json out = Json::object();
  out["cpu_isa"] = to_string(isa);
  out["threads"] = pool.num_threads();
  out["discarded_rounds"] = rounds.discarded();
  out["contended_rounds"] = rounds.contended();
  out["ceilings"] = to_json(bench.ceilings());
  out["kernels"] = Json::array();
  for (const Row& row : rows) {
    Json item = to_json(row.figure);
    item["steps"] = row.steps;
    out["kernels"].push_back(std::move(item));
  }
  if (options.json) {
    print_json(out);
    return ExitCode::kOk;
  }
  print(cat("ceilings ", out["ceilings"].dump(), "\n"));
  for (const Row& row : rows) print_row(row);
  return ExitCode::kOk;
}

}  // namespace

Command bench_kernels_command() {
  return make_command<BenchKernelsOptions>(
      {"bench kernels",
       "each kernel's time against the measured ceilings",
       {"lathe bench kernels smollm2.engine --threads 2 --json",
        "lathe bench kernels --problems bench/problems/rms_norm.txt"}},
      bench_kernels);
}

}  // namespace lathe::app
