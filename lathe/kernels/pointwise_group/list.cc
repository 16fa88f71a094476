// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kPointwiseGroupCpuRef;

KernelList pointwise_group_kernels() {
  static constexpr const Kernel* kKernels[] = {&kPointwiseGroupCpuRef};
  return {"pointwise_group", kKernels};
}

}  // namespace lathe::kernels
