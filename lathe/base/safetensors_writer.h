// SPDX-License-Identifier: Apache-2.0
// Writing a safetensors file: what read_safetensors reads.
#pragma once

#include <filesystem>
#include <span>

#include "lathe/base/safetensors.h"

namespace lathe {

// The tensors lie in the file as they are given; data begins at a multiple of 64 bytes. Written to
// a temporary neighbour and renamed. Throws kInvalidArgument where a tensor's bytes do not fit its
// dtype and shape, kUnavailable where the file cannot be written.
void write_safetensors(const std::filesystem::path& path,
                       std::span<const SafetensorsTensor> tensors);

}  // namespace lathe
