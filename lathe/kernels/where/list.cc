// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kWhereCpuRef;

KernelList where_kernels() {
  static constexpr const Kernel* kKernels[] = {&kWhereCpuRef};
  return {"where", kKernels};
}

}  // namespace lathe::kernels
