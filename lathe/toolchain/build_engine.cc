// SPDX-License-Identifier: Apache-2.0
#include "lathe/toolchain/build_engine.h"

#include "lathe/base/clock.h"
#include "lathe/base/error.h"
#include "lathe/base/version.h"
#include "lathe/engine/folder.h"
#include "lathe/exec/plant.h"
#include "lathe/exec/resident_weights.h"
#include "lathe/exec/stored_weights.h"
#include "lathe/toolchain/memory_use.h"
#include "lathe/toolchain/open_model.h"

namespace lathe::toolchain {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kGgufTokenizer = "gguf_tokenizer.json";
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
  weights::TokenizerFiles tokenizer = model.checkpoint->tokenizer_files();
  for (auto& [name, bytes] : tokenizer.files) out[name] = std::move(bytes);
  if (!tokenizer.gguf.is_null()) out[std::string(kGgufTokenizer)] = tokenizer.gguf.dump();
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

// Puts the weights beside the plan: for a CPU packed, for a GPU in the formats that it runs.
void store_weights(const OpenModel& model, const engine::EngineWriter& writer,
                   engine::Manifest& manifest) {
  const exec::RowReader rows = model.checkpoint == nullptr
                                   ? exec::dummy_rows(*manifest.checkpoint.dummy_seed)
                                   : exec::checkpoint_rows(model.checkpoint);
  const fs::path file = writer.staging() / engine::kWeightsFile;
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
  out.compile = options.compile;
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
}

// Tells the caller where the build is, and watches its memory.
class Stages {
 public:
  explicit Stages(const Progress& progress) : progress_(progress) {}

  void begin(std::string_view name) {
    peak_bytes_ = std::max(peak_bytes_, anonymous_bytes());
    if (progress_) progress_(done_, kTotal, name);
    ++done_;
  }
  int64_t peak_bytes() const { return std::max(peak_bytes_, anonymous_bytes()); }

 private:
  static constexpr int kTotal = 3;
  const Progress& progress_;
  int done_ = 0;
  int64_t peak_bytes_ = 0;
};

}  // namespace

EngineReport build_engine(const BuildEngineOptions& options) {
  const Stopwatch watch;
  check_options(options);
  engine::EngineWriter writer(options.output);
  Stages stages(options.progress);

  stages.begin("open");
  const OpenModel model =
      options.dummy_seed ? open_config(options.checkpoint) : open_model(options.checkpoint);

  stages.begin("build");
  builder::BuildResult built = builder::build(*model.network, build_options(model, options));

  stages.begin("write");
  engine::Manifest manifest;
  manifest.lathe_version = version();
  manifest.checkpoint = reference_to(model, options);
  manifest.model = model.facts;
  manifest.dtype = options.dtype;
  manifest.plans.push_back(std::move(built.plan));
  if (options.self_contained) store_weights(model, writer, manifest);
  writer.commit({std::move(manifest), files_of(model, options), std::move(built.code)});
  return {.seconds = watch.seconds(),
          .peak_bytes = stages.peak_bytes(),
          .build = std::move(built.report)};
}

Json to_json(const EngineReport& report) {
  Json kernels = Json::object();
  for (const auto& [name, steps] : report.build.kernels) kernels[name] = steps;
  Json out = Json::object();
  out["seconds"] = report.seconds;
  out["peak_bytes"] = report.peak_bytes;
  out["ops_before"] = report.build.ops_before;
  out["ops_after"] = report.build.ops_after;
  out["kernels"] = std::move(kernels);
  out["passes"] = lathe::to_json(report.build.passes);
  out["fallbacks"] = lathe::to_json(report.build.fallbacks);
  return out;
}

}  // namespace lathe::toolchain
