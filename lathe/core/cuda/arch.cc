// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/cuda/arch.h"

#include "lathe/base/text.h"

namespace lathe::cuda {

std::string arch_of(int capability) { return cat("sm_", capability, capability >= 90 ? "a" : ""); }

}  // namespace lathe::cuda
