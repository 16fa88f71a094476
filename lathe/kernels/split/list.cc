// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kSplitCudaStrided;
extern const Kernel kSplitCpuRows;
extern const Kernel kSplitCpuRef;

KernelList split_kernels() {
  static constexpr const Kernel* kKernels[] = {&kSplitCudaStrided, &kSplitCpuRows, &kSplitCpuRef};
  return {"split", kKernels};
}

}  // namespace lathe::kernels
