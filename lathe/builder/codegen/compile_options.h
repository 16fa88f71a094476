// SPDX-License-Identifier: Apache-2.0
// How a build gets its device code.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

#include "lathe/core/cuda/library.h"

namespace lathe::builder {

struct CompileOptions {
  std::filesystem::path kernel_source = {};  // device sources there win over the embedded ones
  std::filesystem::path cache = {};          // folder of compiled code; empty: nothing is kept
  // An installed `lathe`, whose processes compile side by side, since NVRTC works on one source at
  // a time in a process. Empty: this process compiles all of it.
  std::filesystem::path compiler = {};
  int workers = 0;  // processes at once; 0: one a core, eight at most
  cuda::LibrarySearch libraries = {};
  // Called as code is there, one call at a time, on any thread.
  std::function<void(int done, int total, std::string_view name)> progress = {};
};

}  // namespace lathe::builder
