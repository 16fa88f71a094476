// SPDX-License-Identifier: Apache-2.0
// From a network to a plan: bind, passes, lowering, kernel choice, memory plan.
//
//   const builder::BuildResult built = builder::build(network, {.catalog = catalog});
//   engine.plans.push_back(built.plan);
//
// The network stays as it is. One thread at a time; kernel timing uses all of them.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lathe/builder/codegen/compile_options.h"
#include "lathe/builder/pipeline.h"
#include "lathe/builder/weight_catalog.h"
#include "lathe/core/cuda/device.h"
#include "lathe/engine/device_code.h"
#include "lathe/engine/plan.h"
#include "lathe/graph/network.h"
#include "lathe/kernels/target.h"

namespace lathe::builder {

enum class Strictness {
  kAllowFallbacks,
  kRefuseFallbacks,  // a slow kernel (target_support.h) is an error that names op and refusals
};

// Every class of CPU kernels: avx2, avx512, vnni.
std::vector<kernels::Target> cpu_targets();

struct BuildOptions {
  std::vector<kernels::Target> targets = cpu_targets();  // several classes of a CPU, or one GPU
  std::optional<WeightCatalog> catalog = std::nullopt;   // empty: weights are as declared
  // Empty: as stored ("auto"); on a GPU bf16. There it is the activations' too.
  std::optional<DType> weight_dtype = std::nullopt;
  int64_t block_size = 64;  // tokens of a KV block
  Strictness strictness = Strictness::kAllowFallbacks;
  PipelineOptions pipeline = {};
  // Kernels are chosen by times, kept in this file: a CPU's are measured on this machine, a GPU's
  // on `gpu`; where it cannot be written a warning says so. Empty and no `gpu`: by the cost model,
  // the same on every machine.
  std::filesystem::path timing_cache = {};
  // What a GPU's kernels are timed on, of the target's architecture. Null: times that the file
  // holds of the one such GPU decide.
  std::shared_ptr<const cuda::Device> gpu = {};
  CompileOptions compile = {};  // of device code, for a GPU
  // Called often while kernels are timed. What it throws ends the build.
  std::function<void()> check = {};
};

struct BuildReport {
  double seconds = 0;
  std::vector<PassReport> passes;          // kernel choice and memory plan too
  int64_t ops_before = 0;                  // of the network as given
  int64_t ops_after = 0;                   // steps of the plan
  std::map<std::string, int64_t> kernels;  // of the highest target: name -> steps that use it
  std::vector<std::string> fallbacks;      // "61 of rms_norm: why not the others" on references
  int64_t fallback_steps = 0;              // of all of these
};

struct BuildResult {
  engine::Plan plan;
  engine::DeviceCode code;  // of a plan for a GPU
  BuildReport report;
};

// Throws kCorrupt (weights do not fit, all named), kUnsupported (no kernel; with kRefuseFallbacks
// no fast one; a dtype that the target does not compute in), kNotFound (a pass to skip that there
// is none of), kUnavailable (a GPU's code and no NVRTC, or no room for temporary files),
// kOutOfMemory (a compiler was killed), kInternal (code that does not compile).
BuildResult build(const graph::Network& network, const BuildOptions& options);

// The network as `build` binds it, before any optimisation: what `diff` compares engines with.
std::unique_ptr<graph::Network> bind(const graph::Network& network, const BuildOptions& options);

}  // namespace lathe::builder
