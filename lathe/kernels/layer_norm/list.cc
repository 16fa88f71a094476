// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/vector_support.h"
#include "lathe/kernels/lists.h"
#include "lathe/ops/norm.h"

namespace lathe::kernels {

void run_layer_norm_avx2(const KernelArgs& args);    // cpu_avx2.cc
void run_layer_norm_avx512(const KernelArgs& args);  // cpu_avx512.cc
extern const Kernel kLayerNormCudaAny;               // cuda_any.cc
extern const Kernel kLayerNormCpuRef;                // cpu_ref.cc

namespace {

Support supported(const Problem& problem) {
  if (problem.inputs.size() == 3 && problem.inputs[1].dtype != problem.inputs[2].dtype) {
    return Support::no("weight and bias have two dtypes");
  }
  return all_of(
      {needs_f32(problem.inputs[0], "x"), needs_wide_floating(problem.inputs[1], "weight")});
}

constexpr Kernel kAvx512 =
    kernel_on<CpuIsa::kAvx512, supported>("layer_norm.cpu.avx512", run_layer_norm_avx512);
constexpr Kernel kAvx2 =
    kernel_on<CpuIsa::kAvx2, supported>("layer_norm.cpu.avx2", run_layer_norm_avx2);

}  // namespace

KernelList layer_norm_kernels() {
  static constexpr const Kernel* kKernels[] = {&kLayerNormCudaAny, &kAvx512, &kAvx2,
                                               &kLayerNormCpuRef};
  return {"layer_norm", kKernels};
}

}  // namespace lathe::kernels
