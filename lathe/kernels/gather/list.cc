// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kGatherCudaRows;
extern const Kernel kGatherCpuRows;
extern const Kernel kGatherCpuRef;

KernelList gather_kernels() {
  static constexpr const Kernel* kKernels[] = {&kGatherCudaRows, &kGatherCpuRows, &kGatherCpuRef};
  return {"gather", kKernels};
}

}  // namespace lathe::kernels
