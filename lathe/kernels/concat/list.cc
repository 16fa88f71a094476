// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kConcatCudaStrided;
extern const Kernel kConcatCpuRows;
extern const Kernel kConcatCpuRef;

KernelList concat_kernels() {
  static constexpr const Kernel* kKernels[] = {&kConcatCudaStrided, &kConcatCpuRows,
                                               &kConcatCpuRef};
  return {"concat", kKernels};
}

}  // namespace lathe::kernels
