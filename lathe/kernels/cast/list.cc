// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"
#include "lathe/kernels/pointwise_group/cuda_group.h"

namespace lathe::kernels {

extern const Kernel kCastCpuRef;

namespace {

constexpr Kernel kCuda{.name = "cast.cuda.generated",
                       .supports = pointwise_cuda::supports,
                       .run = nullptr,
                       .cuda = &pointwise_cuda::kCuda};

}  // namespace

KernelList cast_kernels() {
  static constexpr const Kernel* kKernels[] = {&kCuda, &kCastCpuRef};
  return {"cast", kKernels};
}

}  // namespace lathe::kernels
