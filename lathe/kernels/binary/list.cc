// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kBinaryCpuRef;

KernelList binary_kernels() {
  static constexpr const Kernel* kKernels[] = {&kBinaryCpuRef};
  return {"binary", kKernels};
}

}  // namespace lathe::kernels
