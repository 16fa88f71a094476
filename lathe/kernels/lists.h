// SPDX-License-Identifier: Apache-2.0
// The candidate lists of all op folders, each defined in its folder's list.cc.
#pragma once

#include "lathe/kernels/kernel.h"

namespace lathe::kernels {

// Language models.
KernelList attention_kernels();
KernelList dequantize_kernels();
KernelList embedding_kernels();
KernelList gated_activation_kernels();
KernelList kv_write_kernels();
KernelList layer_norm_kernels();
KernelList linear_kernels();
KernelList paged_attention_kernels();
KernelList quantize_kernels();
KernelList rms_norm_kernels();
KernelList rope_kernels();
KernelList rope_kv_write_kernels();

}  // namespace lathe::kernels
