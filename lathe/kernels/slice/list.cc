// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kSliceCudaStrided;
extern const Kernel kSliceCpuRows;
extern const Kernel kSliceCpuRef;

KernelList slice_kernels() {
  static constexpr const Kernel* kKernels[] = {&kSliceCudaStrided, &kSliceCpuRows, &kSliceCpuRef};
  return {"slice", kKernels};
}

}  // namespace lathe::kernels
