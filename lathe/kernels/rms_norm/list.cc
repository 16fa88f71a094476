// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/vector_support.h"
#include "lathe/kernels/lists.h"
#include "lathe/kernels/rms_norm/limits.h"
#include "lathe/ops/norm.h"

namespace lathe::kernels {

void run_rms_norm_avx2(const KernelArgs& args);    // cpu_avx2.cc
void run_rms_norm_avx512(const KernelArgs& args);  // cpu_avx512.cc
extern const Kernel kRmsNormCudaRows;              // cuda_rows.cc
extern const Kernel kRmsNormCudaAny;               // cuda_any.cc
extern const Kernel kRmsNormCpuRef;                // cpu_ref.cc

namespace {

Support supported(const Problem& problem) {
  const int64_t block = problem.op.as<ops::RmsNorm>()->quantize_block;
  if (block > kMaxNormBlock) {
    return Support::no("quantize_block is ", block, ", this kernel takes up to ", kMaxNormBlock);
  }
  return all_of(
      {needs_f32(problem.inputs[0], "x"), needs_wide_floating(problem.inputs.back(), "weight")});
}

constexpr Kernel kAvx512 =
    kernel_on<CpuIsa::kAvx512, supported>("rms_norm.cpu.avx512", run_rms_norm_avx512);
constexpr Kernel kAvx2 =
    kernel_on<CpuIsa::kAvx2, supported>("rms_norm.cpu.avx2", run_rms_norm_avx2);

}  // namespace

KernelList rms_norm_kernels() {
  static constexpr const Kernel* kKernels[] = {&kRmsNormCudaRows, &kRmsNormCudaAny, &kAvx512,
                                               &kAvx2, &kRmsNormCpuRef};
  return {"rms_norm", kKernels};
}

}  // namespace lathe::kernels
