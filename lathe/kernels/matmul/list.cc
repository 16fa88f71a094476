// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kMatmulCpuRef;

KernelList matmul_kernels() {
  static constexpr const Kernel* kKernels[] = {&kMatmulCpuRef};
  return {"matmul", kKernels};
}

}  // namespace lathe::kernels
