// SPDX-License-Identifier: Apache-2.0
// Kernel times of a finished engine's problems, for a build that comes after.
//
//   TimingCache cache("times.json");
//   const TuneReport report = tune(plan, cache, pool);   // measures what the cache lacks
//   cache.save();                                        // `lathe build --timing-cache times.json`
#pragma once

#include <string>
#include <vector>

#include "lathe/base/thread_pool.h"
#include "lathe/builder/timing_cache.h"
#include "lathe/engine/plan.h"

namespace lathe::builder {

// A choice that a build with these times makes otherwise than the plan.
struct TunedChoice {
  std::string op;
  std::string target;        // "cpu avx512"
  int64_t up_to_tokens = 0;  // 0 = any number
  std::string before, after;
  int64_t steps = 0;  // that make it
  bool operator==(const TunedChoice&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("op", &TunedChoice::op);
    v("target", &TunedChoice::target);
    v("up_to_tokens", &TunedChoice::up_to_tokens);
    v("before", &TunedChoice::before);
    v("after", &TunedChoice::after);
    v("steps", &TunedChoice::steps);
  }
};

struct TuneReport {
  int64_t measured = 0;  // times that the cache lacked
  int64_t known = 0;     // times that it holds now
  std::vector<TunedChoice> changes;
};

// Times every candidate of every problem of the plan that this machine runs, as a build does, with
// the tokens that a build weighs it at. The plan stays as it is. Throws kUnsupported for a plan
// without a CPU's target: a GPU's kernels are chosen by the cost model.
TuneReport tune(const engine::Plan& plan, TimingCache& cache, ThreadPool& pool);

}  // namespace lathe::builder
