// SPDX-License-Identifier: Apache-2.0
// The GPUs that a build may use: for its target, and to time kernels on.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "lathe/core/cuda/device.h"
#include "lathe/core/cuda/library.h"
#include "lathe/kernels/target.h"

namespace lathe::toolchain {

// "sm_90a" where this machine has a GPU that kernels are written for, else "cpu".
std::string default_target(const cuda::LibrarySearch& search);

// The first GPU of this machine that runs the targets; null for a CPU's and where there is none.
// Throws kUnavailable for one that cannot be opened.
std::shared_ptr<const cuda::Device> gpu_for(std::span<const kernels::Target> targets,
                                            const cuda::LibrarySearch& search);

}  // namespace lathe::toolchain
