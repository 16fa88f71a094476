// SPDX-License-Identifier: Apache-2.0
// lathe tune: times an engine's kernels on this machine, for the next build of it.
#include "lathe/builder/tune.h"
#include "commands.h"
#include "lathe/engine/folder.h"
#include "print.h"

namespace lathe::app {

namespace {

struct TuneOptions {
  ExistingPath engine;
  OutputFile timing_cache;
  bool json = false;

  void declare(Flags& flags) {
    flags.positional("ENGINE", engine, "folder that `lathe build` wrote");
    flags.value("--timing-cache", timing_cache,
                {"FILE", "timings, read and written; ENGINE.timings.json"});
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

builder::TuneReport tune_all(const TuneOptions& options) {
  const engine::EngineData data = engine::read_engine(options.engine.path);
  builder::TimingCache cache(options.cache_path());
  ThreadPool pool;
  builder::TuneReport out;
  for (const engine::Plan& plan : data.manifest.plans) {
    builder::TuneReport report = builder::tune(plan, cache, pool);
    out.measured += report.measured;
    out.known = report.known;
    out.changes.insert(out.changes.end(), report.changes.begin(), report.changes.end());
  }
  cache.save();
  return out;
}

std::string text_of(const builder::TuneReport& report, const std::filesystem::path& cache) {
  std::string text =
      cat(report.measured, " kernels timed, ", report.known, " times in ", cache.string(), "\n");
  for (const builder::TunedChoice& change : report.changes) {
    const std::string tokens =
        change.up_to_tokens == 0 ? "any tokens" : cat("up to ", change.up_to_tokens, " tokens");
    text += cat("  ", change.steps, " of ", change.op, ", ", change.target, ", ", tokens, ": ",
                change.before, " -> ", change.after, "\n");
  }
  if (report.changes.empty()) return text + "the engine has the fastest kernels already\n";
  return text + cat("`lathe build … --timing-cache ", cache.string(), "` takes them\n");
}

ExitCode tune(const TuneOptions& options) {
  const builder::TuneReport report = tune_all(options);
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
