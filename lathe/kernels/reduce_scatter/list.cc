// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kReduceScatterCpuRef;

KernelList reduce_scatter_kernels() {
  static constexpr const Kernel* kKernels[] = {&kReduceScatterCpuRef};
  return {"reduce_scatter", kKernels};
}

}  // namespace lathe::kernels
