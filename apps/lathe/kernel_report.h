// SPDX-License-Identifier: Apache-2.0
// What `lathe bench kernels` prints.
#pragma once

#include <string>
#include <vector>

#include "lathe/base/json.h"
#include "lathe/kernels/bench/figures.h"

namespace lathe::app {

struct KernelRow {
  kernels::KernelFigure figure;
  int64_t steps = 1;  // of the plan that are this problem
};

struct KernelReport {
  Json facts;  // an object: where it was measured, and the "ceilings"
  std::vector<KernelRow> rows;
};

// The facts, and the rows as "kernels".
Json to_json(const KernelReport& report);

// A line of what is known of the machine, then a line a row.
std::string text_of(const KernelReport& report);

}  // namespace lathe::app
