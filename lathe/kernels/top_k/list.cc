// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kTopKCpuRef;

KernelList top_k_kernels() {
  static constexpr const Kernel* kKernels[] = {&kTopKCpuRef};
  return {"top_k", kKernels};
}

}  // namespace lathe::kernels
