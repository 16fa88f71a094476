// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/linear/records.h"
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kLinearCudaAny;

KernelList linear_kernels() {
  static const std::vector<const Kernel*> kernels = [] {
    std::vector<const Kernel*> out;
    for (const Kernel& kernel : sm90_linear_kernels()) out.push_back(&kernel);
    out.push_back(&kLinearCudaAny);
    for (const Kernel& kernel : block_linear_kernels()) out.push_back(&kernel);
    for (const Kernel& kernel : dense_linear_kernels()) out.push_back(&kernel);
    out.push_back(&kLinearCpuRef);
    return out;
  }();
  return {"linear", kernels};
}

}  // namespace lathe::kernels
