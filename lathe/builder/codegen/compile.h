// SPDX-License-Identifier: Apache-2.0
// Many device sources to cubins: from the cache, or by NVRTC in worker processes.
#pragma once

#include <map>
#include <string>

#include "lathe/builder/codegen/compile_options.h"
#include "lathe/core/cuda/nvrtc.h"
#include "lathe/engine/device_code.h"

namespace lathe::builder {

using CompileRequests = std::map<std::string, cuda::CompileRequest>;  // by code key

// A cubin for every request. Throws kUnavailable without NVRTC or where a worker cannot be started,
// kInternal with NVRTC's words for a kernel that is refused.
engine::DeviceCode compile_all(const CompileRequests& requests, const CompileOptions& options);

// What a worker does: reads a request as JSON, writes the cubin. Throws as Nvrtc::compile.
void compile_file(const std::filesystem::path& request, const std::filesystem::path& cubin,
                  const cuda::LibrarySearch& libraries);

}  // namespace lathe::builder
