// SPDX-License-Identifier: Apache-2.0
#include "lathe/toolchain/tune_engine.h"

#include "lathe/base/error.h"
#include "lathe/base/file.h"
#include "lathe/engine/build_record.h"
#include "lathe/engine/folder.h"

namespace lathe::toolchain {

namespace {

namespace fs = std::filesystem;

builder::CompileOptions compile_options(const TuneEngineOptions& options) {
  builder::CompileOptions out = options.compile;
  out.cache = options.timing_cache.string() + ".code";
  return out;
}

// Weights do not change: they are not copied where the file system can help it.
void keep_weights(const fs::path& from, const fs::path& to) {
  if (!fs::exists(from)) return;
  std::error_code error;
  fs::create_hard_link(from, to, error);
  if (error) fs::copy_file(from, to);
}

void rewrite(const TuneEngineOptions& options, engine::EngineData data) {
  const builder::CompileOptions compile = compile_options(options);
  engine::DeviceCode code;
  for (engine::Plan& plan : data.manifest.plans) {
    engine::DeviceCode more = builder::finish(plan, compile);
    more.cubins.merge(code.cubins);
    code = std::move(more);
  }
  data.code = std::move(code);
  engine::EngineWriter writer(options.engine);
  keep_weights(options.engine / engine::kWeightsFile, writer.staging() / engine::kWeightsFile);
  writer.write(std::move(data));
  if (const auto record = engine::read_build_record(options.engine)) {
    engine::write_build_record(writer.staging(), *record);
  }
  if (options.check) options.check();
  writer.commit();
}

// A CPU's times are all that tuning is for; a GPU's engine gets its kernels without them.
void check_cache(const fs::path& path, bool on_gpu) {
  with_context("--timing-cache",
               [&] { on_gpu ? builder::check_timing_cache(path) : check_writable(path); });
}

}  // namespace

builder::TuneReport tune_engine(const TuneEngineOptions& options) {
  engine::EngineData data = engine::read_engine(options.engine);
  const bool on_gpu = data.manifest.plans[0].targets[0].device == DeviceKind::kCuda;
  check_cache(options.timing_cache, on_gpu);
  builder::TimingCache cache(options.timing_cache);
  builder::TuneReport out;
  for (engine::Plan& plan : data.manifest.plans) {
    builder::Tuned tuned = builder::tune(
        plan, cache,
        {.gpu = options.gpu, .compile = compile_options(options), .check = options.check});
    out.measured += tuned.report.measured;
    out.known = tuned.report.known;
    out.changes.insert(out.changes.end(), tuned.report.changes.begin(), tuned.report.changes.end());
    plan = std::move(tuned.plan);
  }
  on_gpu ? cache.save_or_warn() : cache.save();
  if (on_gpu && !out.changes.empty()) rewrite(options, std::move(data));
  return out;
}

}  // namespace lathe::toolchain
