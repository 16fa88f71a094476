// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kNormLinearCudaAny, kNormLinearCpuRef;
std::span<const Kernel> sm90_norm_linear_kernels();  // cuda_sm90.cc

KernelList norm_linear_kernels() {
  static const std::vector<const Kernel*> kernels = [] {
    std::vector<const Kernel*> out;
    for (const Kernel& kernel : sm90_norm_linear_kernels()) out.push_back(&kernel);
    out.insert(out.end(), {&kNormLinearCudaAny, &kNormLinearCpuRef});
    return out;
  }();
  return {"norm_linear", kernels};
}

}  // namespace lathe::kernels
