// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/vector_support.h"
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

void run_quantize_avx2(const KernelArgs& args);    // cpu_avx2.cc
void run_quantize_avx512(const KernelArgs& args);  // cpu_avx512.cc
extern const Kernel kQuantizeCpuRef;               // cpu_ref.cc

namespace {

Support supported(const Problem& problem) { return needs_f32(problem.inputs[0], "x"); }

constexpr Kernel kAvx512 =
    kernel_on<CpuIsa::kAvx512, supported>("quantize.cpu.avx512", run_quantize_avx512);
constexpr Kernel kAvx2 =
    kernel_on<CpuIsa::kAvx2, supported>("quantize.cpu.avx2", run_quantize_avx2);

}  // namespace

KernelList quantize_kernels() {
  static constexpr const Kernel* kKernels[] = {&kAvx512, &kAvx2, &kQuantizeCpuRef};
  return {"quantize", kKernels};
}

}  // namespace lathe::kernels
