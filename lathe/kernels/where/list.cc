// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"
#include "lathe/kernels/pointwise_group/cuda_group.h"

namespace lathe::kernels {

extern const Kernel kWhereCpuRef;

namespace {

constexpr Kernel kCuda{.name = "where.cuda.generated",
                       .supports = pointwise_cuda::supports,
                       .run = nullptr,
                       .cuda = &pointwise_cuda::kCuda};

}  // namespace

KernelList where_kernels() {
  static constexpr const Kernel* kKernels[] = {&kCuda, &kWhereCpuRef};
  return {"where", kKernels};
}

}  // namespace lathe::kernels
