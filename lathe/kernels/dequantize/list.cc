// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kDequantizeCpuRef;

KernelList dequantize_kernels() {
  static constexpr const Kernel* kKernels[] = {&kDequantizeCpuRef};
  return {"dequantize", kKernels};
}

}  // namespace lathe::kernels
