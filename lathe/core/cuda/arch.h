// SPDX-License-Identifier: Apache-2.0
// What code for a GPU is compiled for, by name.
#pragma once

#include <string>

namespace lathe::cuda {

// "sm_80", "sm_90a" of a compute capability times ten. From 9.0 on, the instructions that we use
// belong to one architecture alone ("a").
std::string arch_of(int capability);

}  // namespace lathe::cuda
