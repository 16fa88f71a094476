// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kTransposeCpuRows;
extern const Kernel kTransposeCpuRef;

KernelList transpose_kernels() {
  static constexpr const Kernel* kKernels[] = {&kTransposeCpuRows, &kTransposeCpuRef};
  return {"transpose", kKernels};
}

}  // namespace lathe::kernels
