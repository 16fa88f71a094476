// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

extern const Kernel kRopePagedAttentionCudaSm90;
extern const Kernel kRopePagedAttentionCudaAny;
extern const Kernel kRopePagedAttentionCpuRef;

KernelList rope_paged_attention_kernels() {
  static constexpr const Kernel* kKernels[] = {
      &kRopePagedAttentionCudaSm90, &kRopePagedAttentionCudaAny, &kRopePagedAttentionCpuRef};
  return {"rope_paged_attention", kKernels};
}

}  // namespace lathe::kernels
