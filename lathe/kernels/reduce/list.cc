// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kReduceCpuRef;

KernelList reduce_kernels() {
  static constexpr const Kernel* kKernels[] = {&kReduceCpuRef};
  return {"reduce", kKernels};
}

}  // namespace lathe::kernels
