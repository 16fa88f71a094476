// SPDX-License-Identifier: Apache-2.0
// What all CPU references have in common: they close their op's list and refuse no CPU problem.
// They may allocate, which listed kernels must not.
#pragma once

#include "lathe/kernels/kernel.h"

namespace lathe::kernels {

inline Support any_cpu_problem(const Problem&, const Target& target) {
  return target.device == DeviceKind::kCpu ? Support::yes() : Support::no("runs on a CPU");
}

}  // namespace lathe::kernels
