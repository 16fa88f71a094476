// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "lathe/kernels/kernel.h"

namespace lathe::kernels {

// One a panel layout of linear.
std::span<const Kernel> panel_embedding_kernels();

}  // namespace lathe::kernels
