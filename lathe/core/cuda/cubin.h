// SPDX-License-Identifier: Apache-2.0
// What a cubin, an ELF file, says of itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lathe::cuda {

// The kernels that it defines, sorted. Of bytes that are no whole ELF file: none.
std::vector<std::string> cubin_entries(std::string_view cubin);

}  // namespace lathe::cuda
