// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"
#include "lathe/kernels/pointwise_group/cuda_group.h"

namespace lathe::kernels {

extern const Kernel kCompareCpuRef;

namespace {

constexpr Kernel kCuda{.name = "compare.cuda.generated",
                       .supports = pointwise_cuda::supports,
                       .run = nullptr,
                       .cuda = &pointwise_cuda::kCuda};

}  // namespace

KernelList compare_kernels() {
  static constexpr const Kernel* kKernels[] = {&kCuda, &kCompareCpuRef};
  return {"compare", kKernels};
}

}  // namespace lathe::kernels
