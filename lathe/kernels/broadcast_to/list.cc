// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kBroadcastToCudaStrided;
extern const Kernel kBroadcastToCpuRef;

KernelList broadcast_to_kernels() {
  static constexpr const Kernel* kKernels[] = {&kBroadcastToCudaStrided, &kBroadcastToCpuRef};
  return {"broadcast_to", kKernels};
}

}  // namespace lathe::kernels
