// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kKvWriteCpuRef;

KernelList kv_write_kernels() {
  static constexpr const Kernel* kKernels[] = {&kKvWriteCpuRef};
  return {"kv_write", kKernels};
}

}  // namespace lathe::kernels
