// SPDX-License-Identifier: Apache-2.0
// The records of linear's families of kernels, each in order of preference; list.cc joins them.
#pragma once

#include <span>

#include "lathe/kernels/kernel.h"

namespace lathe::kernels {

std::span<const Kernel> sm90_linear_kernels();
std::span<const Kernel> block_linear_kernels();
std::span<const Kernel> dense_linear_kernels();
extern const Kernel kLinearCpuRef;

}  // namespace lathe::kernels
