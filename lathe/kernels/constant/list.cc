// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kConstantCpuRef;

KernelList constant_kernels() {
  static constexpr const Kernel* kKernels[] = {&kConstantCpuRef};
  return {"constant", kKernels};
}

}  // namespace lathe::kernels
