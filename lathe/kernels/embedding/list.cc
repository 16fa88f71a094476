// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kEmbeddingCpuRef;

KernelList embedding_kernels() {
  static constexpr const Kernel* kKernels[] = {&kEmbeddingCpuRef};
  return {"embedding", kKernels};
}

}  // namespace lathe::kernels
