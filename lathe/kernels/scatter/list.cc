// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kScatterCpuRef;

KernelList scatter_kernels() {
  static constexpr const Kernel* kKernels[] = {&kScatterCpuRef};
  return {"scatter", kKernels};
}

}  // namespace lathe::kernels
