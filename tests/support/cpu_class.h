// SPDX-License-Identifier: Apache-2.0
// Suites that run once a class of CPU. Their instances are called avx2, avx512 and vnni, after
// which ctest's cpu_isa_<class> chooses them (tests/cpu_isa.sh).
#pragma once

#include <string>

#include "lathe/kernels/kernel.h"

namespace lathe::testing {

// Empty where this machine runs the class, else what it has.
inline std::string missing_class(kernels::CpuIsa isa) {
  if (isa <= kernels::machine_isa()) return {};
  return cat("this CPU has ", to_string(kernels::machine_isa()), ", not ", to_string(isa));
}

// The least class that a CPU kernel's name promises to run on: "linear.cpu.vnni.q8_0".
inline kernels::CpuIsa least_class(const kernels::Kernel& kernel) {
  kernels::CpuIsa least = kernels::CpuIsa::kAvx2;
  for (const std::string_view word : split(kernel.name, '.')) {
    for (const kernels::CpuIsa isa : enum_values(kernels::CpuIsa{})) {
      if (word == to_string(isa)) least = isa;
    }
  }
  return least;
}

}  // namespace lathe::testing
