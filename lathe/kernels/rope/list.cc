// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/rotation_limits.h"
#include "lathe/kernels/cpu/vector_support.h"
#include "lathe/kernels/lists.h"
#include "lathe/ops/rope.h"

namespace lathe::kernels {

void run_rope_avx2(const KernelArgs& args);    // cpu_avx2.cc
void run_rope_avx512(const KernelArgs& args);  // cpu_avx512.cc
extern const Kernel kRopeCudaAny;              // cuda_any.cc
extern const Kernel kRopeCpuRef;               // cpu_ref.cc

namespace {

Support supported(const Problem& problem) {
  const ops::Rope& rope = *problem.op.as<ops::Rope>();
  if (rope.rotary_dims > kMaxRotaryDims) {
    return Support::no("rotary_dims is ", rope.rotary_dims, ", this kernel takes up to ",
                       kMaxRotaryDims);
  }
  return needs_f32(problem.inputs[0], "x");
}

constexpr Kernel kAvx512 =
    kernel_on<CpuIsa::kAvx512, supported>("rope.cpu.avx512", run_rope_avx512);
constexpr Kernel kAvx2 = kernel_on<CpuIsa::kAvx2, supported>("rope.cpu.avx2", run_rope_avx2);

}  // namespace

KernelList rope_kernels() {
  static constexpr const Kernel* kKernels[] = {&kRopeCudaAny, &kAvx512, &kAvx2, &kRopeCpuRef};
  return {"rope", kKernels};
}

}  // namespace lathe::kernels
