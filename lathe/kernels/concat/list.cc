// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kConcatCpuRows;
extern const Kernel kConcatCpuRef;

KernelList concat_kernels() {
  static constexpr const Kernel* kKernels[] = {&kConcatCpuRows, &kConcatCpuRef};
  return {"concat", kKernels};
}

}  // namespace lathe::kernels
