// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kRopeCpuRef;

KernelList rope_kernels() {
  static constexpr const Kernel* kKernels[] = {&kRopeCpuRef};
  return {"rope", kKernels};
}

}  // namespace lathe::kernels
