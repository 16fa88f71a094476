// SPDX-License-Identifier: Apache-2.0
// lathe_gpu_tests: conformance and benchmarks of every CUDA kernel over its problem files.
//
//   lathe_gpu_tests compile [options]            compiles all sources; needs no GPU
//   lathe_gpu_tests test    [options] [FILTER]   against float64 references; exit 1 where one fails
//   lathe_gpu_tests bench   [options] [FILTER]   µs, bytes, share of the read rate of this process
//   lathe_gpu_tests step    [options] [FILTER]   a generation step of Llama-3-8B's shapes, as a
//                                                graph
//   lathe_gpu_tests engines [options] [FILTER]   engines of the tiny checkpoints against their
//                                                goldens, in five mixtures of steps
// options: --problems DIR  --goldens DIR  --cubins DIR  --json FILE  --engines DIR
//          --checkpoints DIR
#include <cstdio>
#include <map>

#include "case.h"
#include "engine_case.h"
#include "generation_step.h"
#include "lathe/base/error.h"
#include "report.h"

namespace lathe::gpu_tests {
namespace {

struct Options {
  std::string verb, filter;
  CaseFolders folders = {std::string(LATHE_SOURCE_DIR) + "/bench/problems/gpu",
                         std::string(LATHE_SOURCE_DIR) + "/tests/data/ops"};
  std::string cubins = "/tmp/lathe_cubins";
  std::string json;
  std::string engines;
  std::string checkpoints = std::string(LATHE_SOURCE_DIR) + "/tests/data/checkpoints";
  std::string part = "0/1";
};

Options parse(int argc, char** argv) {
  Options out;
  std::string source;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    std::string* value = word == "--problems"        ? &out.folders.problems
                         : word == "--goldens"       ? &out.folders.goldens
                         : word == "--cubins"        ? &out.cubins
                         : word == "--json"          ? &out.json
                         : word == "--part"          ? &out.part
                         : word == "--engines"       ? &out.engines
                         : word == "--checkpoints"   ? &out.checkpoints
                         : word == "--kernel-source" ? &source
                                                     : nullptr;
    if (value != nullptr && i + 1 < argc) {
      *value = argv[++i];
    } else if (out.verb.empty()) {
      out.verb = word;
    } else {
      out.filter = word;
    }
  }
  kernel_source() = source;
  return out;
}

std::vector<std::unique_ptr<Case>> chosen(const Options& options, Purpose purpose) {
  std::vector<std::unique_ptr<Case>> out;
  for (std::unique_ptr<Case>& one : all_cases(options.folders, purpose)) {
    if (one->name().find(options.filter) != std::string::npos) out.push_back(std::move(one));
  }
  return out;
}

int compile_all(const Options& options) {
  CubinFolder cubins(options.cubins);
  std::map<std::string, std::string> sources;  // text -> name
  for (const auto& one : chosen(options, Purpose::kAny))
    sources.emplace(one->source(), one->name());
  for (const auto& [name, source] : step_sources()) sources.emplace(source, name);
  sources.emplace(harness_source(), "harness");
  const size_t slash = options.part.find('/');
  const size_t part = std::stoul(options.part), parts = std::stoul(options.part.substr(slash + 1));
  size_t index = 0;
  for (const auto& [source, name] : sources) {
    if (index++ % parts == part) cubins.cubin(name, source);
  }
  return 0;
}

int test_all(const Options& options) {
  CubinFolder cubins(options.cubins);
  Gpu gpu = Gpu::open(cubins);
  int failures = 0, count = 0;
  for (const auto& one : chosen(options, Purpose::kCheck)) {
    std::string result;
    bool ok = false;
    try {
      const Comparison comparison = one->check(gpu);
      ok = passes(comparison, one->tolerance_dtype());
      result = to_text(comparison);
    } catch (const Error& error) {
      result = error.message();
    }
    failures += ok ? 0 : 1;
    ++count;
    std::printf("%s %s: %s\n", ok ? "pass" : "FAIL", one->name().c_str(), result.c_str());
    std::fflush(stdout);
  }
  std::printf("%d of %d failed\n", failures, count);
  return failures == 0 ? 0 : 1;
}

int bench_all(const Options& options) {
  CubinFolder cubins(options.cubins);
  Gpu gpu = Gpu::open(cubins);
  Report report{to_text(gpu.device->info()), read_rate(gpu), {}};
  std::printf("%s, reads %.3f TB/s\n", report.device.c_str(), report.read_bytes_per_us / 1e6);
  for (const auto& one : chosen(options, Purpose::kTime)) {
    const double us = one->time_us(gpu);
    const Cost cost = one->cost();
    const double share = cost.bytes / us / report.read_bytes_per_us;
    std::printf("%9.2f us %7.3f TB/s %5.1f %% %8.1f TFLOP/s  %s\n", us, cost.bytes / us / 1e6,
                share * 100, cost.flops / us / 1e6, one->name().c_str());
    std::fflush(stdout);
    report.rows.push_back({one->name(), us, cost.bytes, cost.flops, share, 1});
  }
  report.write(options.json);
  return 0;
}

int run(const Options& options) {
  if (options.verb == "compile") return compile_all(options);
  if (options.verb == "test") return test_all(options);
  if (options.verb == "bench") return bench_all(options);
  if (options.verb == "step") {
    CubinFolder cubins(options.cubins);
    Gpu gpu = Gpu::open(cubins);
    return run_steps(gpu, options.filter, options.json);
  }
  if (options.verb == "engines") {
    return run_engines(options.engines, options.checkpoints, options.filter);
  }
  std::fprintf(stderr,
               "lathe_gpu_tests: expected compile, test, bench, step or engines, got \"%s\"\n",
               options.verb.c_str());
  return 2;
}

}  // namespace
}  // namespace lathe::gpu_tests

int main(int argc, char** argv) {
  try {
    return lathe::gpu_tests::run(lathe::gpu_tests::parse(argc, argv));
  } catch (const lathe::Error& error) {
    std::fprintf(stderr, "lathe_gpu_tests: %s\n", error.what());
    return 1;
  }
}
