// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kIotaCpuRef;

KernelList iota_kernels() {
  static constexpr const Kernel* kKernels[] = {&kIotaCpuRef};
  return {"iota", kKernels};
}

}  // namespace lathe::kernels
