// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/linear/records.h"
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kLinearCudaSm90, kLinearCudaSm90Gated, kLinearCudaAny;

KernelList linear_kernels() {
  static const std::vector<const Kernel*> kernels = [] {
    std::vector<const Kernel*> out = {&kLinearCudaSm90, &kLinearCudaSm90Gated, &kLinearCudaAny};
    for (const Kernel& kernel : block_linear_kernels()) out.push_back(&kernel);
    for (const Kernel& kernel : dense_linear_kernels()) out.push_back(&kernel);
    out.push_back(&kLinearCpuRef);
    return out;
  }();
  return {"linear", kernels};
}

}  // namespace lathe::kernels
