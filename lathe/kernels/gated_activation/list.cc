// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/vector_forms.h"
#include "lathe/kernels/cpu/vector_support.h"
#include "lathe/kernels/lists.h"
#include "lathe/ops/gated_activation.h"

namespace lathe::kernels {

void run_gated_activation_avx2(const KernelArgs& args);    // cpu_avx2.cc
void run_gated_activation_avx512(const KernelArgs& args);  // cpu_avx512.cc
extern const Kernel kGatedActivationCudaAny;
extern const Kernel kGatedActivationCpuRef;  // cpu_ref.cc

namespace {

Support supported(const Problem& problem) {
  const ops::UnaryKind activation = problem.op.as<ops::GatedActivation>()->activation;
  if (!has_vector_form(activation)) {
    return Support::no("no vector form of ", to_string(activation));
  }
  return needs_f32(problem.inputs[0], "x");
}

constexpr Kernel kAvx512 = kernel_on<CpuIsa::kAvx512, supported>("gated_activation.cpu.avx512",
                                                                 run_gated_activation_avx512);
constexpr Kernel kAvx2 =
    kernel_on<CpuIsa::kAvx2, supported>("gated_activation.cpu.avx2", run_gated_activation_avx2);

}  // namespace

KernelList gated_activation_kernels() {
  static constexpr const Kernel* kKernels[] = {&kGatedActivationCudaAny, &kAvx512, &kAvx2,
                                               &kGatedActivationCpuRef};
  return {"gated_activation", kKernels};
}

}  // namespace lathe::kernels
