// SPDX-License-Identifier: Apache-2.0
#include "waterfall.h"

#include <cmath>

#include "engine_ceilings.h"
#include "lathe/base/text.h"
#include "step_groups.h"

namespace lathe::app {

namespace {

std::string tenths(double value) { return cat(std::round(value * 10) / 10); }

std::string part_line(const Part& part) {
  std::string line = cat(part.op, "  ", part.kernel, "  x ", part.launches, "  floor ",
                         tenths(part.floor_us), " us (", part.bound, ")");
  if (part.us) {
    line +=
        cat("  took ", tenths(*part.us), " us, ", tenths(*part.us - part.floor_us), " us above it");
  }
  return line + "\n";
}

// What times apart have to do with a step's.
std::string apart_lines(const Waterfall& waterfall) {
  std::string out = cat("kernels were timed one behind the other, none overlapping the next: ",
                        tenths(*waterfall.parts_us), " us in all");
  if (*waterfall.hidden_us > 0) {
    out += cat(", more than the step; overlap hides ", tenths(*waterfall.hidden_us),
               " us of it at least (the step's time holds its draw and the host's wait too)");
  } else {
    out += ", less than the step, whose time holds its draw and the host's wait too";
  }
  out += "\n";
  if (!*waterfall.host_was_ahead) {
    out += cat(kHostWasSlow, "\n");
  }
  return out;
}

}  // namespace

Waterfall summed(Waterfall out) {
  out.floor_us = 0;
  for (const Part& part : out.parts) out.floor_us += part.floor_us;
  return out;
}

Waterfall measured(Waterfall out, const runtime::StepProfile& profile, std::string_view timed) {
  double parts = 0;
  for (const double us : profile.launches.us) parts += us;
  out.us = profile.whole_us;
  out.parts_timed = timed;
  out.parts_us = parts;
  if (timed == kTimedApart) out.hidden_us = parts - profile.whole_us;
  out.host_was_ahead = profile.launches.host_was_ahead;
  return out;
}

std::string waterfall_text(const Waterfall& waterfall) {
  const bool nominal = waterfall.ceilings == kCostModel;
  std::string out = cat(waterfall.device, ", ceilings: ", waterfall.ceilings,
                        nominal ? ", not measured here" : "", " (",
                        tenths(waterfall.read_bytes_per_s / 1e9), " GB/s read)\n");
  for (const Part& part : waterfall.parts) out += part_line(part);
  out += cat("floor of a step ", tenths(waterfall.floor_us), " us");
  out += waterfall.us ? cat("; a step takes ", tenths(*waterfall.us), " us\n") : "\n";
  if (waterfall.parts_timed == kTimedApart) out += apart_lines(waterfall);
  return out;
}

}  // namespace lathe::app
