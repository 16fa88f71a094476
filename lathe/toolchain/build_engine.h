// SPDX-License-Identifier: Apache-2.0
// Checkpoint in, engine folder out: what `lathe build` calls.
//
//   toolchain::build_engine({.checkpoint = "models/smollm2", .output = "smollm2.engine"});
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "lathe/builder/build.h"
#include "lathe/engine/build_record.h"

namespace lathe::toolchain {

// Where a build is: `done` of `total` phases, the current one's name. Called on the caller's
// thread.
using Progress = std::function<void(int done, int total, std::string_view phase)>;

struct BuildEngineOptions {
  std::filesystem::path checkpoint =
      {};                             // a checkpoint; with dummy_seed a config.json or its folder
  std::filesystem::path output = {};  // the engine's folder
  std::optional<int64_t> dummy_seed = std::nullopt;  // weights are drawn at load
  std::string dtype = "auto";                        // auto, fp32, bf16, fp16
  std::string target = "cpu";                        // or "sm_90a"
  int64_t block_size = 64;
  bool self_contained = false;  // weights go into the folder
  bool strict = false;          // refuse reference kernels
  std::filesystem::path dump_passes = {};
  std::vector<std::string> skip_passes = {};
  std::filesystem::path timing_cache = {};  // compiled device code is kept beside it, in FILE.code
  builder::CompileOptions compile = {};     // of device code; its cache and progress are ours
  // Where a GPU's kernels are timed (gpus.h); null: times of the cache decide, or the cost model.
  std::shared_ptr<const cuda::Device> gpu = {};
  std::string plant = {};  // an op whose kernels the engine corrupts by 1 % (test builds)
  Progress progress = {};
  // Called often, on any thread, until the engine is put in its place. What it throws ends the
  // build, and nothing is left behind.
  std::function<void()> check = {};
};

struct EngineReport {
  engine::BuildRecord record;
  builder::BuildReport build;
};

// {"seconds", "peak_bytes", "phases", "ops_before", "ops_after", "kernels", "passes", "fallbacks"}
Json to_json(const EngineReport& report);

// Throws kNotFound, kCorrupt, kUnsupported about the checkpoint (file, field, expected, got),
// kInvalidArgument about options (the flag's name) and for an output that exists and is no engine;
// kUnavailable, before all work, for a timing cache that is not there and cannot be made.
// Nothing is left behind by a failure.
EngineReport build_engine(const BuildEngineOptions& options);

}  // namespace lathe::toolchain
