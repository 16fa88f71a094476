// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kLinearCpuRef;

KernelList linear_kernels() {
  static constexpr const Kernel* kKernels[] = {&kLinearCpuRef};
  return {"linear", kKernels};
}

}  // namespace lathe::kernels
