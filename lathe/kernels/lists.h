// SPDX-License-Identifier: Apache-2.0
// The candidate lists of all op folders, each defined in its folder's list.cc.
#pragma once

#include "lathe/kernels/kernel.h"

namespace lathe::kernels {

// KernelList rms_norm_kernels();   // lathe/kernels/rms_norm/list.cc

}  // namespace lathe::kernels
