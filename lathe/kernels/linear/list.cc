// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kLinearCudaSm90SmallM, kLinearCudaSm90SmallMGated;
extern const Kernel kLinearCpuRef;

KernelList linear_kernels() {
  static constexpr const Kernel* kKernels[] = {&kLinearCudaSm90SmallM, &kLinearCudaSm90SmallMGated,
                                               &kLinearCpuRef};
  return {"linear", kKernels};
}

}  // namespace lathe::kernels
