// SPDX-License-Identifier: Apache-2.0
// The candidate lists of all op folders, each defined in its folder's list.cc.
#pragma once

#include "lathe/kernels/kernel.h"

namespace lathe::kernels {

// Primitives.
KernelList unary_kernels();
KernelList binary_kernels();
KernelList compare_kernels();
KernelList where_kernels();
KernelList cast_kernels();
KernelList reduce_kernels();
KernelList softmax_kernels();
KernelList cumsum_kernels();
KernelList top_k_kernels();
KernelList matmul_kernels();
KernelList reshape_kernels();
KernelList transpose_kernels();
KernelList slice_kernels();
KernelList concat_kernels();
KernelList split_kernels();
KernelList gather_kernels();
KernelList scatter_kernels();
KernelList broadcast_to_kernels();
KernelList iota_kernels();
KernelList constant_kernels();
KernelList pointwise_group_kernels();
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
KernelList norm_linear_kernels();
KernelList rope_paged_attention_kernels();
// Collectives.
KernelList all_reduce_kernels();
KernelList all_gather_kernels();
KernelList reduce_scatter_kernels();

}  // namespace lathe::kernels
