// SPDX-License-Identifier: Apache-2.0
#include "lathe/toolchain/build_engine.h"

#include "lathe/base/error.h"
#include "lathe/base/version.h"
#include "lathe/builder/timing_cache.h"
#include "lathe/engine/folder.h"
#include "lathe/exec/plant.h"
#include "lathe/exec/resident_weights.h"
#include "lathe/exec/stored_weights.h"
#include "lathe/toolchain/open_model.h"
#include "lathe/toolchain/phases.h"
#include "lathe/weights/tokenizer_names.h"

namespace lathe::toolchain {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kConfig = "config.json";

// The files that stand beside engine.json: the tokenizer's, and what else the engine's makers
// left for its runs.
engine::Files files_of(const OpenModel& model, const BuildEngineOptions& options) {
  engine::Files out;
  if (!options.plant.empty()) out[std::string(exec::kPlantFile)] = options.plant + "\n";
  if (model.checkpoint == nullptr) {
    out[std::string(kConfig)] = model.config.dump_pretty() + "\n";
    return out;
  }
  for (auto& [name, bytes] : weights::files_by_name(model.checkpoint->tokenizer_files())) {
    out[name] = bytes;
  }
  return out;
}

engine::CheckpointReference reference_to(const OpenModel& model,
                                         const BuildEngineOptions& options) {
  engine::CheckpointReference out;
  out.dummy_seed = options.dummy_seed;
  if (model.checkpoint == nullptr) return out;
  out.path = fs::absolute(options.checkpoint).lexically_normal().string();
  out.fingerprint = model.checkpoint->fingerprint();
  return out;
}

// The model's weights, with a look at `check` before every read.
exec::RowReader rows_of(const OpenModel& model, const BuildEngineOptions& options) {
  exec::RowReader rows = model.checkpoint == nullptr ? exec::dummy_rows(*options.dummy_seed)
                                                     : exec::checkpoint_rows(model.checkpoint);
  if (!options.check) return rows;
  return [rows = std::move(rows), check = options.check](const engine::PlanWeight& weight,
                                                         size_t source, quant::RowRange range) {
    check();
    return rows(weight, source, range);
  };
}

// Puts the weights into the folder: for a CPU packed, for a GPU in the formats that it runs.
void store_weights(const exec::RowReader& rows, const fs::path& folder,
                   engine::Manifest& manifest) {
  const fs::path file = folder / engine::kWeightsFile;
  if (manifest.plans[0].targets[0].device == DeviceKind::kCuda) {
    exec::store_weights(manifest.plans, rows, file);
  } else {
    ThreadPool pool;
    exec::store_resident(manifest.plans, rows, pool, file);
  }
  manifest.checkpoint = {.path = {},
                         .fingerprint = manifest.checkpoint.fingerprint,
                         .dummy_seed = {},
                         .self_contained = true};
}

builder::BuildOptions build_options(const OpenModel& model, const BuildEngineOptions& options) {
  builder::BuildOptions out;
  out.targets = targets_from(options.target);
  out.catalog = model.catalog;
  out.weight_dtype = weight_dtype_for(out.targets, options.dtype, model.config);
  out.block_size = options.block_size;
  out.strictness =
      options.strict ? builder::Strictness::kRefuseFallbacks : builder::Strictness::kAllowFallbacks;
  out.pipeline.skip = options.skip_passes;
  out.pipeline.dump_folder = options.dump_passes;
  out.timing_cache = options.timing_cache;
  out.gpu = options.gpu;
  out.check = options.check;
  out.compile = options.compile;
  if (options.check) out.compile.progress = [&options](auto&&...) { options.check(); };
  if (!options.timing_cache.empty()) out.compile.cache = options.timing_cache.string() + ".code";
  return out;
}

void check_options(const BuildEngineOptions& options) {
  const int64_t size = options.block_size;
  if (size < 16 || size > 128 || (size & (size - 1)) != 0) {
    fail(ErrorCode::kInvalidArgument, "--block-size: expected 16, 32, 64 or 128, got ", size);
  }
  exec::check_plant({options.plant});
  if (options.output.empty()) fail(ErrorCode::kInvalidArgument, "--output: expected a folder");
  with_context("--timing-cache", [&] { builder::check_timing_cache(options.timing_cache); });
}

// Takes time and memory of the phases, and tells the caller of them.
class Watch {
 public:
  Watch(const BuildEngineOptions& options, int num_phases)
      : options_(options), num_phases_(num_phases) {}

  void begin(std::string_view name) {
    phases_.begin(name);
    if (options_.check) options_.check();
    if (options_.progress) options_.progress(phases_.num_done(), num_phases_, name);
  }
  engine::BuildRecord finish() {
    engine::BuildRecord record = phases_.finish();
    if (options_.progress) options_.progress(num_phases_, num_phases_, "");
    return record;
  }

 private:
  const BuildEngineOptions& options_;
  int num_phases_;
  Phases phases_;
};

// At most: skipped passes have none.
int count_phases(const BuildEngineOptions& options) {
  constexpr int kOpen = 2, kPlan = 4, kWrite = 1;
  const auto passes = builder::bind_passes().size() + builder::optimize_passes().size();
  const int compile = options.target == "cpu" ? 0 : 1, pack = options.self_contained ? 1 : 0;
  return kOpen + static_cast<int>(passes) + kPlan + compile + pack + kWrite;
}

OpenModel open(const BuildEngineOptions& options, Watch& watch) {
  watch.begin("read_checkpoint");
  if (options.dummy_seed) return open_config(options.checkpoint);
  auto checkpoint = weights::open_checkpoint(options.checkpoint);
  watch.begin("make_network");
  return open_model(std::move(checkpoint));
}

engine::Manifest manifest_of(const OpenModel& model, const BuildEngineOptions& options,
                             engine::Plan plan) {
  engine::Manifest out;
  out.lathe_version = version();
  out.checkpoint = reference_to(model, options);
  out.model = model.facts;
  out.dtype = options.dtype;
  out.plans.push_back(std::move(plan));
  return out;
}

}  // namespace

EngineReport build_engine(const BuildEngineOptions& options) {
  check_options(options);
  Watch watch(options, count_phases(options));
  engine::EngineWriter writer(options.output);
  const OpenModel model = open(options, watch);

  builder::BuildOptions build = build_options(model, options);
  build.pipeline.begin = [&watch](std::string_view name) { watch.begin(name); };
  builder::BuildResult built = builder::build(*model.network, build);

  engine::Manifest manifest = manifest_of(model, options, std::move(built.plan));
  if (options.self_contained) {
    watch.begin("pack_weights");
    store_weights(rows_of(model, options), writer.staging(), manifest);
  }
  watch.begin("write");
  writer.write({std::move(manifest), files_of(model, options), std::move(built.code)});
  EngineReport report{.record = watch.finish(), .build = std::move(built.report)};
  engine::write_build_record(writer.staging(), report.record);
  if (options.check) options.check();
  writer.commit();
  return report;
}

Json to_json(const EngineReport& report) {
  Json kernels = Json::object();
  for (const auto& [name, steps] : report.build.kernels) kernels[name] = steps;
  Json out = Json::object();
  out["seconds"] = report.record.seconds;
  out["peak_bytes"] = report.record.peak_bytes;
  out["phases"] = lathe::to_json(report.record.phases);
  out["ops_before"] = report.build.ops_before;
  out["ops_after"] = report.build.ops_after;
  out["kernels"] = std::move(kernels);
  out["passes"] = lathe::to_json(report.build.passes);
  out["fallbacks"] = lathe::to_json(report.build.fallbacks);
  return out;
}

}  // namespace lathe::toolchain
