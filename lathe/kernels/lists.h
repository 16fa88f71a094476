// SPDX-License-Identifier: Apache-2.0
// The candidate lists of all op folders, each defined in its folder's list.cc.
#pragma once

#include "lathe/kernels/kernel.h"

namespace lathe::kernels {

KernelList linear_kernels();
KernelList norm_linear_kernels();
KernelList rms_norm_kernels();
KernelList rope_paged_attention_kernels();

}  // namespace lathe::kernels
