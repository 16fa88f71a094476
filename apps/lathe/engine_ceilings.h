// SPDX-License-Identifier: Apache-2.0
// What the device that an engine runs on could do at best, and how that is known.
#pragma once

#include <string_view>

#include "lathe/exec/engine.h"
#include "lathe/kernels/bench/ceilings.h"

namespace lathe::app {

// How ceilings are known: all measured here; what memory gives, beside nominal arithmetic; or
// nominal ones of a card that may not be here.
inline constexpr std::string_view kMeasured = "measured", kReadMeasured = "read rate measured",
                                  kCostModel = "cost model";

struct EngineCeilings {
  kernels::Ceilings rates;
  std::string_view known;
};

// Of an engine's GPU: reads its memory for some 50 ms. Where that cannot be measured a line on
// stderr says why, and the rates are the cost model's.
EngineCeilings gpu_ceilings(const exec::Gpu& gpu, const std::filesystem::path& cuda_libraries);

}  // namespace lathe::app
