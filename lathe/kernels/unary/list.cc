// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"
#include "lathe/kernels/pointwise_group/cuda_group.h"

namespace lathe::kernels {

extern const Kernel kUnaryCpuRef;

namespace {

constexpr Kernel kCuda{.name = "unary.cuda.generated",
                       .supports = pointwise_cuda::supports,
                       .run = nullptr,
                       .cuda = &pointwise_cuda::kCuda};

}  // namespace

KernelList unary_kernels() {
  static constexpr const Kernel* kKernels[] = {&kCuda, &kUnaryCpuRef};
  return {"unary", kKernels};
}

}  // namespace lathe::kernels
