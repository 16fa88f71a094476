// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kPagedAttentionCpuRef;

KernelList paged_attention_kernels() {
  static constexpr const Kernel* kKernels[] = {&kPagedAttentionCpuRef};
  return {"paged_attention", kKernels};
}

}  // namespace lathe::kernels
