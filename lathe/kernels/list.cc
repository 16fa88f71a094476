// SPDX-License-Identifier: Apache-2.0
// Every op's kernels: one line an op folder.
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

namespace {

const std::vector<KernelList>& all_lists() {
  static const std::vector<KernelList> all = {
      // Primitives.
      unary_kernels(),
      binary_kernels(),
      compare_kernels(),
      where_kernels(),
      cast_kernels(),
      reduce_kernels(),
      softmax_kernels(),
      cumsum_kernels(),
      top_k_kernels(),
      matmul_kernels(),
      reshape_kernels(),
      transpose_kernels(),
      slice_kernels(),
      concat_kernels(),
      split_kernels(),
      gather_kernels(),
      scatter_kernels(),
      broadcast_to_kernels(),
      iota_kernels(),
      constant_kernels(),
      pointwise_group_kernels(),
      // Language models.
      linear_kernels(),
      attention_kernels(),
      dequantize_kernels(),
      embedding_kernels(),
      gated_activation_kernels(),
      kv_write_kernels(),
      layer_norm_kernels(),
      paged_attention_kernels(),
      quantize_kernels(),
      rms_norm_kernels(),
      rope_kernels(),
      rope_kv_write_kernels(),
      norm_linear_kernels(),
      rope_paged_attention_kernels(),
      // Collectives.
      all_reduce_kernels(),
      all_gather_kernels(),
      reduce_scatter_kernels(),
  };
  return all;
}

}  // namespace

std::span<const Kernel* const> kernels_for(std::string_view op) {
  for (const KernelList& list : all_lists()) {
    if (list.op == op) return list.kernels;
  }
  return {};
}

const Kernel& reference_kernel(std::string_view op) {
  const std::span<const Kernel* const> kernels = kernels_for(op);
  if (kernels.empty()) fail(ErrorCode::kNotFound, "op ", quote(op), " has no kernel");
  return *kernels.back();
}

std::string reference_source(std::string_view op) {
  return cat("lathe/kernels/", op, "/cpu_ref.cc");
}

const Kernel* find_kernel(std::string_view name) {
  for (const KernelList& list : all_lists()) {
    for (const Kernel* kernel : list.kernels) {
      if (kernel->name == name) return kernel;
    }
  }
  return nullptr;
}

const Layout* find_layout(std::string_view id) {
  for (const KernelList& list : all_lists()) {
    for (const Kernel* kernel : list.kernels) {
      if (kernel->layout != nullptr && kernel->layout->id == id) return kernel->layout;
    }
  }
  return nullptr;
}

}  // namespace lathe::kernels
