// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kLayerNormCpuRef;

KernelList layer_norm_kernels() {
  static constexpr const Kernel* kKernels[] = {&kLayerNormCpuRef};
  return {"layer_norm", kKernels};
}

}  // namespace lathe::kernels
