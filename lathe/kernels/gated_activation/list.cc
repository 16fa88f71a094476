// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kGatedActivationCpuRef;

KernelList gated_activation_kernels() {
  static constexpr const Kernel* kKernels[] = {&kGatedActivationCpuRef};
  return {"gated_activation", kKernels};
}

}  // namespace lathe::kernels
