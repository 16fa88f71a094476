// SPDX-License-Identifier: Apache-2.0
// Kernel choice by measured times, on whatever device a plan is for.
//
//   TimingCache cache("times.json");
//   const TimedChoice timed(plan, cache, {.gpu = device});
//   choose_kernels(plan, timed.options());
#pragma once

#include <optional>

#include "lathe/base/thread_pool.h"
#include "lathe/builder/lower/gpu_times.h"
#include "lathe/builder/lower/kernel_choice.h"

namespace lathe::builder {

struct TimingSettings {
  // What a GPU's kernels are timed on, of the plan's architecture. Null: the cache's times decide
  // alone, and the cost model where it has none.
  std::shared_ptr<const cuda::Device> gpu = {};
  CompileOptions compile = {};       // of the device code that is timed
  std::function<void()> check = {};  // called often; what it throws passes on
};

class TimedChoice {
 public:
  // For plans with the targets of this one. The cache has to outlive it. Throws as GpuTimes.
  TimedChoice(const engine::Plan& plan, TimingCache& cache, const TimingSettings& settings);
  TimedChoice(const TimedChoice&) = delete;
  TimedChoice& operator=(const TimedChoice&) = delete;

  const ChoiceOptions& options() const { return options_; }

 private:
  ChoiceOptions options_;
  std::optional<ThreadPool> pool_;  // of a CPU's
  std::optional<GpuTimes> times_;   // of a GPU's
};

}  // namespace lathe::builder
