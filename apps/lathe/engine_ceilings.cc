// SPDX-License-Identifier: Apache-2.0
#include "engine_ceilings.h"

#include "lathe/base/text.h"
#include "lathe/exec/cuda/read_rate.h"
#include "print.h"

namespace lathe::app {

EngineCeilings gpu_ceilings(const exec::Gpu& gpu, const std::filesystem::path& cuda_libraries) {
  kernels::Ceilings rates = kernels::kNominalHopper;
  try {
    rates.read_bytes_per_s = exec::measure_read_rate(gpu, {.directory = cuda_libraries});
    return {rates, kReadMeasured};
  } catch (const Error& error) {
    const bool no_compiler = error.code() == ErrorCode::kUnavailable && !gpu.device()->poisoned();
    if (!no_compiler && error.code() != ErrorCode::kOutOfMemory) throw;
    print_note(cat("the read rate is not measured (", error.message(), "): shares are of ",
                   rates.read_bytes_per_s / 1e9, " GB/s"));
    return {rates, kCostModel};
  }
}

}  // namespace lathe::app
