// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kSoftmaxCpuRef;

KernelList softmax_kernels() {
  static constexpr const Kernel* kKernels[] = {&kSoftmaxCpuRef};
  return {"softmax", kKernels};
}

}  // namespace lathe::kernels
