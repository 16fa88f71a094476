// SPDX-License-Identifier: Apache-2.0
// lathe tune: times an engine's kernels on this machine: for the next build of it or, where it is a
// GPU's, for itself.
#include "lathe/toolchain/tune_engine.h"

#include <cmath>

#include "commands.h"
#include "interrupt.h"
#include "lathe/engine/folder.h"
#include "lathe/exec/cuda/gpu.h"
#include "lathe/toolchain/gpus.h"
#include "print.h"

namespace lathe::app {

namespace {

struct TuneOptions {
  ExistingPath engine;
  OutputFile timing_cache;
  ExistingFolder cuda_libraries;
  bool json = false;

  void declare(Flags& flags) {
    flags.positional("ENGINE", engine, "folder that `lathe build` wrote");
    flags.value("--timing-cache", timing_cache,
                {"FILE", "timings, read and written; ENGINE.timings.json"});
    flags.value("--cuda-libraries", cuda_libraries,
                {"DIR", "where CUDA's libraries are, before the usual places"});
    flags.toggle("--json", json, "print one JSON object");
  }
  // Beside the engine, which stays as it was built.
  std::filesystem::path cache_path() const {
    if (!timing_cache.empty()) return timing_cache.path;
    std::filesystem::path folder = engine.path;
    if (!folder.has_filename()) folder = folder.parent_path();
    return folder.string() + ".timings.json";
  }
};

// The GPU that the engine is for, or null for a CPU's. Throws kUnavailable.
std::shared_ptr<const cuda::Device> gpu_of(const TuneOptions& options) {
  const engine::EngineData data = engine::read_engine(options.engine.path);
  const kernels::Target& target = data.manifest.plans[0].targets[0];
  if (target.device != DeviceKind::kCuda) return nullptr;
  const cuda::LibrarySearch search{.directory = options.cuda_libraries.path};
  auto device = toolchain::gpu_for({&target, 1}, search);
  return device != nullptr ? device : exec::open_gpu(0, target.sm, search);
}

std::string us_text(double us) {
  return us > 0 ? cat(" (", std::round(us * 10) / 10, " us)") : std::string();
}

std::string line_of(const builder::TunedChoice& change) {
  const std::string tokens =
      change.up_to_tokens == 0 ? "any tokens" : cat("up to ", change.up_to_tokens, " tokens");
  return cat("  ", change.steps, " of ", change.op, ", ", change.target, ", ", tokens, ": ",
             change.before, us_text(change.before_us), " -> ", change.after,
             us_text(change.after_us), "\n");
}

std::string text_of(const builder::TuneReport& report, const std::filesystem::path& cache) {
  std::string text =
      cat(report.measured, " kernels timed, ", report.known, " times in ", cache.string(), "\n");
  for (const builder::TunedChoice& change : report.changes) text += line_of(change);
  if (report.changes.empty()) return text + "the engine has the fastest kernels already\n";
  if (report.changes[0].target.starts_with("cuda")) return text + "the engine has them now\n";
  return text + cat("`lathe build … --timing-cache ", cache.string(), "` takes them\n");
}

// A signal ends it between two pieces of its work, and the engine is the old one.
builder::TuneReport tune_engine(const TuneOptions& options) {
  const InterruptWatch watch({SIGINT, SIGTERM, SIGHUP});
  toolchain::TuneEngineOptions tuning;
  tuning.engine = options.engine.path;
  tuning.timing_cache = options.cache_path();
  tuning.compile.compiler = std::filesystem::read_symlink("/proc/self/exe");
  tuning.compile.libraries.directory = options.cuda_libraries.path;
  tuning.gpu = gpu_of(options);
  tuning.check = [&watch] { watch.check(); };
  try {
    return toolchain::tune_engine(tuning);
  } catch (const Error&) {
    watch.check();
    throw;
  }
}

ExitCode tune(const TuneOptions& options) {
  const builder::TuneReport report = tune_engine(options);
  const std::filesystem::path cache = options.cache_path();
  if (options.json) {
    Json out = Json::object();
    out["measured"] = report.measured;
    out["known"] = report.known;
    out["timing_cache"] = cache.string();
    out["changes"] = to_json(report.changes);
    print_json(out);
  } else {
    print(text_of(report, cache));
  }
  return ExitCode::kOk;
}

}  // namespace

Command tune_command() {
  return make_command<TuneOptions>(
      {"tune",
       "time an engine's kernels for its next build",
       {"lathe tune smollm2.engine", "lathe tune smollm2.engine --timing-cache times.json --json"}},
      tune);
}

}  // namespace lathe::app
