// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kPointwiseGroupCuda;
extern const Kernel kPointwiseGroupCpuAvx512;
extern const Kernel kPointwiseGroupCpuAvx2;
extern const Kernel kPointwiseGroupCpuRef;

KernelList pointwise_group_kernels() {
  static constexpr const Kernel* kKernels[] = {&kPointwiseGroupCuda, &kPointwiseGroupCpuAvx512,
                                               &kPointwiseGroupCpuAvx2, &kPointwiseGroupCpuRef};
  return {"pointwise_group", kKernels};
}

}  // namespace lathe::kernels
