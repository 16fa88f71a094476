// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/vector_support.h"
#include "lathe/kernels/lists.h"
#include "lathe/kernels/paged_attention/step.h"

namespace lathe::kernels {

void run_paged_attention_avx2(const KernelArgs& args);    // cpu_avx2.cc
void run_paged_attention_avx512(const KernelArgs& args);  // cpu_avx512.cc
extern const Kernel kPagedAttentionCudaSm90;              // cuda_sm90.cc
extern const Kernel kPagedAttentionCudaAny;               // cuda_any.cc
extern const Kernel kPagedAttentionCpuRef;                // cpu_ref.cc

namespace {

Support supported(const Problem& problem) {
  const TensorType& q = problem.inputs[0];
  const Shape& keys = problem.inputs[1].shape;
  const int64_t head_dim = q.shape[2].value();
  const int64_t group = q.shape[1].value() / keys[0].value();
  if (head_dim > kMaxHeadDim) {
    return Support::no("head_dim is ", head_dim, ", this kernel takes up to ", kMaxHeadDim);
  }
  if (group > kMaxBlockRows) {
    return Support::no("groups of ", group, " heads, this kernel takes up to ", kMaxBlockRows);
  }
  return needs_f32(q, "q");
}

constexpr Kernel kAvx512 = kernel_on<CpuIsa::kAvx512, supported>(
    "paged_attention.cpu.avx512", run_paged_attention_avx512, paged_attention_workspace);
constexpr Kernel kAvx2 = kernel_on<CpuIsa::kAvx2, supported>(
    "paged_attention.cpu.avx2", run_paged_attention_avx2, paged_attention_workspace);

}  // namespace

KernelList paged_attention_kernels() {
  static constexpr const Kernel* kKernels[] = {&kPagedAttentionCudaSm90, &kPagedAttentionCudaAny,
                                               &kAvx512, &kAvx2, &kPagedAttentionCpuRef};
  return {"paged_attention", kKernels};
}

}  // namespace lathe::kernels
