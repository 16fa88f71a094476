// SPDX-License-Identifier: Apache-2.0
// Device code for a plan: sources for every chosen kernel with its exact sizes, compiled.
#pragma once

#include "lathe/builder/codegen/compile_options.h"
#include "lathe/engine/device_code.h"

namespace lathe::builder {

// Gives the plan's choices and weights their code and compiles it, equal sources once. The same
// plan gives the same keys. REQUIRES: kernels are chosen, for one GPU. Throws kUnavailable without
// NVRTC, kInternal for a kernel that does not compile, spills or is serialised, kInvalidArgument
// for a source of the caller's folder that lacks an entry.
engine::DeviceCode generate_code(engine::Plan& plan, const CompileOptions& options);

}  // namespace lathe::builder
