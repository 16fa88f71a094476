// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/vector_support.h"
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

void run_matmul_avx2(const KernelArgs& args);    // cpu_avx2.cc
void run_matmul_avx512(const KernelArgs& args);  // cpu_avx512.cc
extern const Kernel kMatmulCpuRef;               // cpu_ref.cc

namespace {

Support supported(const Problem& problem) { return needs_f32(problem.inputs[0], "a"); }

constexpr Kernel kAvx512 =
    kernel_on<CpuIsa::kAvx512, supported>("matmul.cpu.avx512", run_matmul_avx512);
constexpr Kernel kAvx2 = kernel_on<CpuIsa::kAvx2, supported>("matmul.cpu.avx2", run_matmul_avx2);

}  // namespace

KernelList matmul_kernels() {
  static constexpr const Kernel* kKernels[] = {&kAvx512, &kAvx2, &kMatmulCpuRef};
  return {"matmul", kKernels};
}

}  // namespace lathe::kernels
