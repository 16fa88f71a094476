// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kAllGatherCpuRef;

KernelList all_gather_kernels() {
  static constexpr const Kernel* kKernels[] = {&kAllGatherCpuRef};
  return {"all_gather", kKernels};
}

}  // namespace lathe::kernels
