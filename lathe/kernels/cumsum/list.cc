// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kCumsumCpuRef;

KernelList cumsum_kernels() {
  static constexpr const Kernel* kKernels[] = {&kCumsumCpuRef};
  return {"cumsum", kKernels};
}

}  // namespace lathe::kernels
