// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kCastCpuRef;

KernelList cast_kernels() {
  static constexpr const Kernel* kKernels[] = {&kCastCpuRef};
  return {"cast", kKernels};
}

}  // namespace lathe::kernels
