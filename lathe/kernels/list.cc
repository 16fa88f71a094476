// SPDX-License-Identifier: Apache-2.0
// Every op's kernels: one line an op folder.
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

namespace {

const std::vector<KernelList>& all_lists() {
  static const std::vector<KernelList> all = {
      // Primitives.
      // Language models.
      linear_kernels(),
      norm_linear_kernels(),
      rms_norm_kernels(),
      rope_paged_attention_kernels(),
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
