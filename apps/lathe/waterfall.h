// SPDX-License-Identifier: Apache-2.0
// What `lathe explain` finds: the launches of a generation step, each beside its floor.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lathe/runtime/profile_step.h"

namespace lathe::app {

// Launches of one kernel for one op.
struct Part {
  std::string op;
  std::string kernel;
  int64_t launches = 0;
  double floor_us = 0;
  std::string bound;  // "memory" or "arithmetic", whichever takes longer
  std::optional<double> us = {};
  template <class V>
  static void fields(V&& v) {
    v("op", &Part::op);
    v("kernel", &Part::kernel);
    v("launches", &Part::launches);
    v("floor_us", &Part::floor_us);
    v("bound", &Part::bound);
    v("us", &Part::us);
  }
};

// How the parts were timed. On a GPU one behind the other: in a step they overlap.
inline constexpr std::string_view kTimedApart = "apart", kTimedInTheStep = "in the step";

struct Waterfall {
  std::string device;
  std::string ceilings;         // how they are known (engine_ceilings.h)
  double read_bytes_per_s = 0;  // the ceiling of the memory
  double floor_us = 0;          // of all parts
  // Without the device all these are empty.
  std::optional<double> us = {};                // a whole step, its draw and the host's wait too
  std::optional<std::string> parts_timed = {};  // kTimedApart or kTimedInTheStep
  std::optional<double> parts_us = {};          // of all parts
  std::optional<double> hidden_us = {};         // parts_us - us, of parts that were timed apart
  std::optional<bool> host_was_ahead = {};      // false: a part may hold waits for the host
  std::vector<Part> parts;                      // longest first
  template <class V>
  static void fields(V&& v) {
    v("device", &Waterfall::device);
    v("ceilings", &Waterfall::ceilings);
    v("read_bytes_per_s", &Waterfall::read_bytes_per_s);
    v("floor_us", &Waterfall::floor_us);
    v("us", &Waterfall::us);
    v("parts_timed", &Waterfall::parts_timed);
    v("parts_us", &Waterfall::parts_us);
    v("hidden_us", &Waterfall::hidden_us);
    v("host_was_ahead", &Waterfall::host_was_ahead);
    v("parts", &Waterfall::parts);
  }
};

// Adds up the floors, and what was measured of the step.
Waterfall summed(Waterfall out);
Waterfall measured(Waterfall out, const runtime::StepProfile& profile, std::string_view timed);

// Several lines for people.
std::string waterfall_text(const Waterfall& waterfall);

}  // namespace lathe::app
