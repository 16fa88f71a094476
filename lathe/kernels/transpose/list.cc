// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kTransposeCudaStrided;
extern const Kernel kTransposeCpuRows;
extern const Kernel kTransposeCpuRef;

KernelList transpose_kernels() {
  static constexpr const Kernel* kKernels[] = {&kTransposeCudaStrided, &kTransposeCpuRows,
                                               &kTransposeCpuRef};
  return {"transpose", kKernels};
}

}  // namespace lathe::kernels
