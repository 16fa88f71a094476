// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/rotation_limits.h"
#include "lathe/kernels/cpu/vector_support.h"
#include "lathe/kernels/lists.h"
#include "lathe/ops/rope_kv_write.h"

namespace lathe::kernels {

void run_rope_kv_write_avx2(const KernelArgs& args);    // cpu_avx2.cc
void run_rope_kv_write_avx512(const KernelArgs& args);  // cpu_avx512.cc
extern const Kernel kRopeKvWriteCudaAny;                // cuda_any.cc
extern const Kernel kRopeKvWriteCpuRef;                 // cpu_ref.cc

namespace {

Support supported(const Problem& problem) {
  const ops::Rope& rope = problem.op.as<ops::RopeKvWrite>()->rope;
  if (rope.rotary_dims > kMaxRotaryDims) {
    return Support::no("rotary_dims is ", rope.rotary_dims, ", this kernel takes up to ",
                       kMaxRotaryDims);
  }
  return needs_f32(problem.inputs[1], "qkv");
}

constexpr Kernel kAvx512 =
    kernel_on<CpuIsa::kAvx512, supported>("rope_kv_write.cpu.avx512", run_rope_kv_write_avx512);
constexpr Kernel kAvx2 =
    kernel_on<CpuIsa::kAvx2, supported>("rope_kv_write.cpu.avx2", run_rope_kv_write_avx2);

}  // namespace

KernelList rope_kv_write_kernels() {
  static constexpr const Kernel* kKernels[] = {&kRopeKvWriteCudaAny, &kAvx512, &kAvx2,
                                               &kRopeKvWriteCpuRef};
  return {"rope_kv_write", kKernels};
}

}  // namespace lathe::kernels
