// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"
#include "lathe/kernels/pointwise_group/cuda_group.h"

namespace lathe::kernels {

extern const Kernel kBinaryCpuRef;

namespace {

constexpr Kernel kCuda{.name = "binary.cuda.generated",
                       .supports = pointwise_cuda::supports,
                       .run = nullptr,
                       .cuda = &pointwise_cuda::kCuda};

}  // namespace

KernelList binary_kernels() {
  static constexpr const Kernel* kKernels[] = {&kCuda, &kBinaryCpuRef};
  return {"binary", kKernels};
}

}  // namespace lathe::kernels
