// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/attention/limits.h"
#include "lathe/kernels/cpu/vector_support.h"
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

void run_attention_avx2(const KernelArgs& args);    // cpu_avx2.cc
void run_attention_avx512(const KernelArgs& args);  // cpu_avx512.cc
extern const Kernel kAttentionCpuRef;               // cpu_ref.cc

namespace {

Support needs_same(const TensorType& k, const TensorType& v) {
  return k.dtype == v.dtype ? Support::yes() : Support::no("k and v have two dtypes");
}

Support supported(const Problem& problem) {
  const TensorType& q = problem.inputs[0];
  const Shape& keys = problem.inputs[1].shape;
  const int64_t head_dim = q.shape[2].value();
  const int64_t group = q.shape[1].value() / keys[1].value();
  if (head_dim > kMaxHeadDim) {
    return Support::no("head_dim is ", head_dim, ", this kernel takes up to ", kMaxHeadDim);
  }
  if (group > kMaxBlockRows) {
    return Support::no("groups of ", group, " heads, this kernel takes up to ", kMaxBlockRows);
  }
  return all_of({needs_f32(q, "q"), needs_wide_floating(problem.inputs[1], "k"),
                 needs_same(problem.inputs[1], problem.inputs[2])});
}

// The starts of the blocks of rows.
Dim workspace(const Problem& problem) {
  const Dim sequences = problem.inputs.size() == 3 ? Dim(2) : problem.inputs[3].shape[0];
  return sequences * 4;
}

constexpr Kernel kAvx512 =
    kernel_on<CpuIsa::kAvx512, supported>("attention.cpu.avx512", run_attention_avx512, workspace);
constexpr Kernel kAvx2 =
    kernel_on<CpuIsa::kAvx2, supported>("attention.cpu.avx2", run_attention_avx2, workspace);

}  // namespace

KernelList attention_kernels() {
  static constexpr const Kernel* kKernels[] = {&kAvx512, &kAvx2, &kAttentionCpuRef};
  return {"attention", kKernels};
}

}  // namespace lathe::kernels
