// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kCompareCpuRef;

KernelList compare_kernels() {
  static constexpr const Kernel* kKernels[] = {&kCompareCpuRef};
  return {"compare", kKernels};
}

}  // namespace lathe::kernels
