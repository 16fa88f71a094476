// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kAttentionCpuRef;

KernelList attention_kernels() {
  static constexpr const Kernel* kKernels[] = {&kAttentionCpuRef};
  return {"attention", kKernels};
}

}  // namespace lathe::kernels
