// SPDX-License-Identifier: Apache-2.0
// lathe bench kernels: each kernel's time beside what the machine could do at best.
#include <cmath>

#include "commands.h"
#include "cpu_target.h"
#include "lathe/engine/folder.h"
#include "lathe/kernels/bench/figures.h"
#include "print.h"

namespace lathe::app {

namespace {

struct BenchKernelsOptions {
  ExistingPath engine;
  ExistingPath problems;
  std::vector<int64_t> tokens = {1, 512};
  int64_t context = 0;
  std::optional<kernels::CpuIsa> isa;
  int threads = 0;
  bool json = false;

  void declare(Flags& flags) {
    flags.optional_positional("ENGINE", engine, "whose kernels are timed, each shape once");
    flags.value("--problems", problems, {"FILE", "time every kernel on these (bench/problems)"});
    flags.value("--tokens", tokens, {"1,512", "of the steps of ENGINE that are timed", kPositive});
    flags.value("--context", context, {"N", "tokens in the KV cache before; 0", kNotNegative});
    flags.value("--cpu-isa", isa, {"CLASS", "avx2, avx512 or vnni; the machine's highest"});
    flags.value("--threads", threads, {"N", "threads of the CPU; all cores", {1, 1024}});
    flags.toggle("--json", json, "print one JSON object");
  }
};

struct Row {
  kernels::KernelFigure figure;
  int64_t steps = 1;  // of the engine that have this shape
};

void check_usage(const BenchKernelsOptions& options) {
  if (options.engine.empty() == options.problems.empty()) {
    fail(ErrorCode::kInvalidArgument,
         "lathe bench kernels: expected one of ENGINE, --problems, got none or both");
  }
  if (options.isa && *options.isa > kernels::machine_isa()) {
    fail(ErrorCode::kUnavailable, "--cpu-isa: this CPU has ", to_string(kernels::machine_isa()),
         ", not ", to_string(*options.isa));
  }
}

// A kernel of the engine with the problem that it solves there.
struct EngineProblem {
  const kernels::Kernel* kernel = nullptr;
  kernels::BenchProblem problem;
  int64_t steps = 0;
};

std::vector<TensorType> types_of(const engine::Plan& plan, const std::vector<int>& values) {
  std::vector<TensorType> types;
  for (const int value : values) types.push_back(plan.values[static_cast<size_t>(value)].type);
  return types;
}

// What the problem's row is called: the step and the types of its inputs.
std::string describe(const kernels::Problem& problem, const kernels::BenchStep& step) {
  std::string text = cat("tokens=", step.tokens, " context=", step.context);
  for (const TensorType& type : problem.inputs) text += cat(" ", type.to_string());
  return text;
}

const kernels::Kernel* chosen_kernel(const engine::ChoiceTable& table, int64_t tokens) {
  for (const engine::KernelChoice& choice : table.choices) {
    if (choice.up_to_tokens == 0 || tokens <= choice.up_to_tokens) {
      return kernels::find_kernel(choice.kernel);
    }
  }
  return nullptr;
}

// The different problems of one step of the engine, each with the number of times it occurs.
std::vector<EngineProblem> problems_of(const engine::Plan& plan, size_t target,
                                       const kernels::BenchStep& step) {
  std::vector<EngineProblem> found;
  for (const engine::PlanStep& planned : plan.steps) {
    kernels::Problem problem{ops::Op::parse(planned.op, planned.attributes),
                             types_of(plan, planned.inputs), types_of(plan, planned.outputs)};
    const kernels::Kernel* kernel = chosen_kernel(planned.kernels[target], step.tokens);
    LATHE_CHECK(kernel != nullptr, "a step without a kernel", planned.op);
    auto same = std::find_if(found.begin(), found.end(), [&](const EngineProblem& other) {
      const kernels::Problem& known = other.problem.problem;
      return other.kernel == kernel && known.op == problem.op && known.inputs == problem.inputs;
    });
    if (same == found.end()) {
      const std::string text = describe(problem, step);
      same = found.insert(found.end(), {kernel, {text, std::move(problem), step}, 0});
    }
    ++same->steps;
  }
  return found;
}

std::vector<Row> measure_engine(const BenchKernelsOptions& options, kernels::KernelBench& bench) {
  const engine::EngineData data = engine::read_engine(options.engine.path);
  const engine::Plan& plan = data.manifest.plans.front();
  const size_t target = cpu_target(plan, options.isa);
  std::vector<Row> rows;
  for (const int64_t tokens : options.tokens) {
    const kernels::BenchStep step{
        .tokens = tokens, .context = options.context, .block_size = plan.block_size};
    for (const EngineProblem& problem : problems_of(plan, target, step)) {
      rows.push_back({bench.measure(*problem.kernel, problem.problem), problem.steps});
    }
  }
  return rows;
}

std::vector<Row> measure_problems(const BenchKernelsOptions& options, kernels::KernelBench& bench) {
  std::vector<Row> rows;
  for (const kernels::BenchProblem& problem : kernels::read_problems(options.problems.string())) {
    for (kernels::KernelFigure& figure : bench.measure_all(problem)) {
      rows.push_back({std::move(figure), 1});
    }
  }
  return rows;
}

Json rows_json(const std::vector<Row>& rows) {
  Json list = Json::array();
  for (const Row& row : rows) {
    Json entry = to_json(row.figure);
    entry["steps"] = row.steps;
    list.push_back(std::move(entry));
  }
  return list;
}

std::string padded(std::string text, size_t width) {
  text.resize(std::max(width, text.size() + 1), ' ');
  return text;
}

std::string number(double value) { return cat(std::round(value * 10) / 10); }

std::string row_text(const Row& row) {
  const kernels::KernelFigure& figure = row.figure;
  return padded(figure.kernel, 36) + padded(cat(row.steps, " x"), 6) +
         padded(cat(number(figure.us), " us"), 13) +
         padded(cat(number(figure.bytes / 1e3), " kB"), 14) +
         padded(cat(number(figure.flops / 1e6), " Mflop"), 16) +
         padded(cat(number(figure.share * 100), " % of ", figure.bound), 20) + figure.problem +
         "\n";
}

ExitCode bench_kernels(const BenchKernelsOptions& options) {
  check_usage(options);
  ThreadPool pool(options.threads);
  kernels::KernelBench bench(options.isa.value_or(kernels::machine_isa()), pool);
  const std::vector<Row> rows =
      options.engine.empty() ? measure_problems(options, bench) : measure_engine(options, bench);
  const kernels::Ceilings& ceilings = bench.ceilings();
  if (options.json) {
    Json out = Json::object();
    out["ceilings"] = to_json(ceilings);
    out["threads"] = pool.num_threads();
    out["kernels"] = rows_json(rows);
    print_json(out);
    return ExitCode::kOk;
  }
  print(cat("ceilings: ", number(ceilings.fma_flops_per_s / 1e9), " Gflop/s f32, ",
            number(ceilings.code_ops_per_s / 1e9), " Gop/s of codes, ",
            number(ceilings.read_bytes_per_s / 1e9), " GB/s from memory; ", pool.num_threads(),
            " threads\n"));
  for (const Row& row : rows) print(row_text(row));
  return ExitCode::kOk;
}

}  // namespace

Command bench_kernels_command() {
  return make_command<BenchKernelsOptions>(
      {"bench kernels",
       "time, bytes, flops and share of the ceiling of each kernel",
       {"lathe bench kernels smollm2.engine",
        "lathe bench kernels smollm2.engine --tokens 1 --json",
        "lathe bench kernels --problems bench/problems/linear.txt"}},
      bench_kernels);
}

}  // namespace lathe::app
