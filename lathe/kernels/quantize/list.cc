// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kQuantizeCpuRef;

KernelList quantize_kernels() {
  static constexpr const Kernel* kKernels[] = {&kQuantizeCpuRef};
  return {"quantize", kKernels};
}

}  // namespace lathe::kernels
