// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/vector_support.h"
#include "lathe/kernels/lists.h"

namespace lathe::kernels {

void run_kv_write_avx2(const KernelArgs& args);    // cpu_avx2.cc
void run_kv_write_avx512(const KernelArgs& args);  // cpu_avx512.cc
extern const Kernel kKvWriteCudaAny;               // cuda_any.cc
extern const Kernel kKvWriteCpuRef;                // cpu_ref.cc

namespace {

Support supported(const Problem& problem) {
  return all_of({needs_f32(problem.inputs[1], "k"), needs_f32(problem.inputs[2], "v")});
}

constexpr Kernel kAvx512 =
    kernel_on<CpuIsa::kAvx512, supported>("kv_write.cpu.avx512", run_kv_write_avx512);
constexpr Kernel kAvx2 =
    kernel_on<CpuIsa::kAvx2, supported>("kv_write.cpu.avx2", run_kv_write_avx2);

}  // namespace

KernelList kv_write_kernels() {
  static constexpr const Kernel* kKernels[] = {&kKvWriteCudaAny, &kAvx512, &kAvx2, &kKvWriteCpuRef};
  return {"kv_write", kKernels};
}

}  // namespace lathe::kernels
