// SPDX-License-Identifier: Apache-2.0
// The device code of an engine for a GPU: kernels.safetensors, one U8 tensor a piece (FORMAT.md).
//
// A key is "<name>/<16 hex digits>": what the code is called, and the hash of the source and
// options that it was compiled from. Equal code is stored once, whatever number of steps run it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "lathe/engine/plan.h"

namespace lathe::engine {

inline constexpr std::string_view kKernelsFile = "kernels.safetensors";

struct DeviceCode {
  std::string arch = {};                                        // "sm_90a"
  std::string compiler = {};                                    // "NVRTC 13.0"
  std::string options = {};                                     // that all of it was compiled with
  std::map<std::string, std::string, std::less<>> cubins = {};  // by key

  bool empty() const { return cubins.empty(); }
  bool operator==(const DeviceCode&) const = default;
};

std::string code_key(std::string_view name, uint64_t hash);
// Whether `key` is one of code that is called `name`.
bool is_code_key(std::string_view key, std::string_view name);

// The file's bytes, the same for equal code. REQUIRES: not empty.
std::string to_safetensors(const DeviceCode& code);
// Throws kCorrupt naming `source`.
DeviceCode parse_device_code(std::string_view bytes, std::string_view source);

// Whether the plan's steps and weights have their code, and all code is a cubin for the plan's GPU.
// Throws kCorrupt for what is missing or no cubin, kUnsupported for another architecture's, each
// with how to rebuild.
void verify_code(const Plan& plan, const DeviceCode& code);

}  // namespace lathe::engine
