// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kAllReduceCpuRef;

KernelList all_reduce_kernels() {
  static constexpr const Kernel* kKernels[] = {&kAllReduceCpuRef};
  return {"all_reduce", kKernels};
}

}  // namespace lathe::kernels
