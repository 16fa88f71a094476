// SPDX-License-Identifier: Apache-2.0
// Engine in, engine with the kernels that are fastest here: what `lathe tune` calls.
#pragma once

#include <filesystem>
#include <functional>

#include "lathe/builder/tune.h"

namespace lathe::toolchain {

struct TuneEngineOptions {
  std::filesystem::path engine = {};        // the folder
  std::filesystem::path timing_cache = {};  // compiled device code is kept beside it, in FILE.code
  builder::CompileOptions compile = {};     // of device code; its cache is ours
  std::shared_ptr<const cuda::Device> gpu = {};  // what a GPU's engine is timed on
  std::function<void()> check = {};              // as BuildEngineOptions::check
};

// Times the kernels of the engine's plans and keeps the times. A GPU's engine gets its kernels
// anew where others are faster: plan and code are replaced at once, or not at all; a CPU's stays as
// it is, the next build takes the times. A cache that cannot be written is an error before the
// work; where it is found behind it, a GPU's engine is rewritten all the same. Throws what
// read_engine, builder::tune and EngineWriter throw.
builder::TuneReport tune_engine(const TuneEngineOptions& options);

}  // namespace lathe::toolchain
