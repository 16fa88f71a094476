// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/vector_support.h"
#include "lathe/kernels/lists.h"
#include "lathe/ops/reduce.h"

namespace lathe::kernels {

void run_softmax_avx2(const KernelArgs& args);    // cpu_avx2.cc
void run_softmax_avx512(const KernelArgs& args);  // cpu_avx512.cc
extern const Kernel kSoftmaxCpuRef;               // cpu_ref.cc

namespace {

Support supported(const Problem& problem) {
  const int axis = problem.op.as<ops::Softmax>()->axis;
  const int rank = problem.inputs[0].shape.rank();
  if (rank == 0 || normalize_axis(axis, rank, "axis") != rank - 1) {
    return Support::no("axis ", axis, " is not the last one");
  }
  return needs_f32(problem.inputs[0], "x");
}

constexpr Kernel kAvx512 =
    kernel_on<CpuIsa::kAvx512, supported>("softmax.cpu.avx512", run_softmax_avx512);
constexpr Kernel kAvx2 = kernel_on<CpuIsa::kAvx2, supported>("softmax.cpu.avx2", run_softmax_avx2);

}  // namespace

KernelList softmax_kernels() {
  static constexpr const Kernel* kKernels[] = {&kAvx512, &kAvx2, &kSoftmaxCpuRef};
  return {"softmax", kKernels};
}

}  // namespace lathe::kernels
