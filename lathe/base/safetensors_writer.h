// SPDX-License-Identifier: Apache-2.0
// Writing a safetensors file: what read_safetensors reads.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "lathe/base/safetensors.h"

namespace lathe {

using SafetensorsMetadata = std::map<std::string, std::string, std::less<>>;

// What stands before the tensors' bytes in a file of them. Throws kInvalidArgument where a tensor's
// bytes do not fit its dtype and shape.
std::string safetensors_header(std::span<const SafetensorsTensor> tensors,
                               const SafetensorsMetadata& metadata = {});

// The tensors lie in the file as they are given; data begins at a multiple of 64 bytes. Written to
// a temporary neighbour and renamed. Throws as safetensors_header, and kUnavailable where the file
// cannot be written.
void write_safetensors(const std::filesystem::path& path,
                       std::span<const SafetensorsTensor> tensors);

}  // namespace lathe
