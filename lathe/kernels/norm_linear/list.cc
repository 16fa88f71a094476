// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kNormLinearCudaSm90, kNormLinearCudaSm90Gated, kNormLinearCudaAny;
extern const Kernel kNormLinearCpuRef;

KernelList norm_linear_kernels() {
  static constexpr const Kernel* kKernels[] = {&kNormLinearCudaSm90, &kNormLinearCudaSm90Gated,
                                               &kNormLinearCudaAny, &kNormLinearCpuRef};
  return {"norm_linear", kKernels};
}

}  // namespace lathe::kernels
