// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kUnaryCpuRef;

KernelList unary_kernels() {
  static constexpr const Kernel* kKernels[] = {&kUnaryCpuRef};
  return {"unary", kKernels};
}

}  // namespace lathe::kernels
