// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kRopeKvWriteCpuRef;

KernelList rope_kv_write_kernels() {
  static constexpr const Kernel* kKernels[] = {&kRopeKvWriteCpuRef};
  return {"rope_kv_write", kKernels};
}

}  // namespace lathe::kernels
