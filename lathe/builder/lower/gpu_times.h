// SPDX-License-Identifier: Apache-2.0
// Kernel times of one GPU: those that the cache knows and, where the GPU is here, those that it
// lacks.
//
//   GpuTimes times(cache, {.device = device, .sm = 90});
//   choose_kernels(plan, {.token_ranges = times.token_ranges(), .estimate = times.estimator(),
//                         .prepare = [&](auto candidates) { times.measure(candidates); }});
//
// Choices depend on what the cache holds alone, so a build without a GPU that is given a GPU's
// times makes the same. What is never measured: kernels without a rival, ops that read indexes or
// states (attention, embedding), and what closes a list, "op.cuda.any", which is last.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lathe/builder/codegen/code_request.h"
#include "lathe/builder/codegen/compile_options.h"
#include "lathe/builder/lower/estimate.h"
#include "lathe/builder/timing_cache.h"
#include "lathe/core/cuda/device.h"
#include "lathe/core/cuda/nvrtc.h"

namespace lathe::builder {

struct GpuTimesOptions {
  std::shared_ptr<const cuda::Device> device = {};  // null: nothing is measured
  int sm = 90;                                      // what is built for; the device's, where it is
  int64_t block_size = 64;                          // tokens of a KV block
  CompileOptions compile = {};
  std::function<void()> check = {};  // called before each measurement; what it throws passes on
  double most_seconds = 20;          // of measuring, compiling left out
};

class GpuTimes {
 public:
  // The cache has to outlive it. Throws kInvalidArgument for a cache with times of several GPUs of
  // the architecture where none of them is here.
  GpuTimes(TimingCache& cache, GpuTimesOptions options);

  // "NVIDIA H100 80GB HBM3"; empty where no device is known: then `estimator` is the cost model.
  const std::string& device() const { return device_; }
  // Where ranges of tokens may end beside those of kernels.
  std::vector<int64_t> token_ranges() const;

  // Compiles and times what the cache lacks. A device that has too little memory, and what
  // most_seconds leaves over, is left to the cost model with a line in the log.
  void measure(std::span<const Candidate> candidates);
  // Times first, then the cost model: what has no time is behind all that has.
  Estimator estimator();

 private:
  struct Pending {
    Candidate candidate;
    std::string key;  // in the cache
  };
  using Rivals = std::vector<Pending>;  // for one problem and number of tokens

  const CodeRequest* code_of(const Candidate& candidate);  // null where the kernel has none
  std::string key_of(const Candidate& candidate);
  std::vector<Rivals> rivals_among(std::span<const Candidate> candidates);
  void measure(const std::vector<Rivals>& all);

  TimingCache& cache_;
  GpuTimesOptions options_;
  std::string arch_, device_;
  std::map<std::string, CodeRequest> codes_;  // by kernel and problem
};

}  // namespace lathe::builder
