// SPDX-License-Identifier: Apache-2.0
// Kernel times of a finished engine's problems: for a build that comes after, or for the engine
// itself.
//
//   TimingCache cache("times.json");
//   const Tuned tuned = tune(plan, cache, {});   // measures what the cache lacks
//   cache.save();                                // `lathe build --timing-cache times.json`
#pragma once

#include <string>
#include <vector>

#include "lathe/builder/lower/timed_choice.h"
#include "lathe/builder/timing_cache.h"
#include "lathe/engine/device_code.h"
#include "lathe/engine/plan.h"

namespace lathe::builder {

// A choice that these times make otherwise than the plan.
struct TunedChoice {
  std::string op;
  std::string target;        // "cpu avx512"
  int64_t up_to_tokens = 0;  // 0 = any number
  std::string before, after;
  int64_t steps = 0;                   // that make it
  double before_us = 0, after_us = 0;  // of a step, the mean of these; 0 where there is no time
  bool operator==(const TunedChoice&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("op", &TunedChoice::op);
    v("target", &TunedChoice::target);
    v("up_to_tokens", &TunedChoice::up_to_tokens);
    v("before", &TunedChoice::before);
    v("after", &TunedChoice::after);
    v("steps", &TunedChoice::steps);
    v("before_us", &TunedChoice::before_us);
    v("after_us", &TunedChoice::after_us);
  }
};

struct TuneReport {
  int64_t measured = 0;  // times that the cache lacked
  int64_t known = 0;     // times that it holds now
  std::vector<TunedChoice> changes;
};

struct Tuned {
  TuneReport report;
  engine::Plan plan;  // with these choices; no code and the old one's memory
};

// Times the candidates of every problem of the plan as a build does, with the tokens that a build
// weighs them at. Throws kUnavailable for a GPU's plan without a GPU to time on.
Tuned tune(const engine::Plan& plan, TimingCache& cache, const TimingSettings& settings);

// Gives a tuned plan for a GPU its device code and its memory. Throws as generate_code.
engine::DeviceCode finish(engine::Plan& plan, const CompileOptions& options);

}  // namespace lathe::builder
