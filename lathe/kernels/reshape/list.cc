// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kReshapeCpuRef;

KernelList reshape_kernels() {
  static constexpr const Kernel* kKernels[] = {&kReshapeCpuRef};
  return {"reshape", kKernels};
}

}  // namespace lathe::kernels
