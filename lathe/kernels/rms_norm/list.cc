// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kRmsNormCudaRows;
extern const Kernel kRmsNormCpuRef;

KernelList rms_norm_kernels() {
  static constexpr const Kernel* kKernels[] = {&kRmsNormCudaRows, &kRmsNormCpuRef};
  return {"rms_norm", kKernels};
}

}  // namespace lathe::kernels
