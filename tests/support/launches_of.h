// SPDX-License-Identifier: Apache-2.0
// The launches among the work of a CUDA kernel's recipe.
#pragma once

#include "lathe/kernels/cuda_kernel.h"

namespace lathe::testing {

inline std::vector<kernels::Launch> launches_of(const std::vector<kernels::DeviceWork>& all) {
  std::vector<kernels::Launch> out;
  for (const kernels::DeviceWork& work : all) {
    if (const auto* launch = std::get_if<kernels::Launch>(&work)) out.push_back(*launch);
  }
  return out;
}

}  // namespace lathe::testing
