// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/vector_support.h"
#include "lathe/kernels/lists.h"
#include "lathe/kernels/reduce/block.h"

namespace lathe::kernels {

void run_reduce_avx2(const KernelArgs& args);    // cpu_avx2.cc
void run_reduce_avx512(const KernelArgs& args);  // cpu_avx512.cc
extern const Kernel kReduceCpuRef;               // cpu_ref.cc

namespace {

Support supported(const Problem& problem) {
  if (!is_block(*problem.op.as<ops::Reduce>(), problem.inputs[0].shape)) {
    return Support::no("the axes do not stand side by side");
  }
  return needs_f32(problem.inputs[0], "x");
}

constexpr Kernel kAvx512 =
    kernel_on<CpuIsa::kAvx512, supported>("reduce.cpu.avx512", run_reduce_avx512);
constexpr Kernel kAvx2 = kernel_on<CpuIsa::kAvx2, supported>("reduce.cpu.avx2", run_reduce_avx2);

}  // namespace

KernelList reduce_kernels() {
  static constexpr const Kernel* kKernels[] = {&kAvx512, &kAvx2, &kReduceCpuRef};
  return {"reduce", kKernels};
}

}  // namespace lathe::kernels
