// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/vector_support.h"
#include "lathe/kernels/embedding/panels.h"
#include "lathe/kernels/lists.h"
#include "lathe/ops/embedding.h"

namespace lathe::kernels {

void run_embedding_avx2(const KernelArgs& args);    // cpu_avx2.cc
void run_embedding_avx512(const KernelArgs& args);  // cpu_avx512.cc
extern const Kernel kEmbeddingCudaRows;             // cuda_rows.cc
extern const Kernel kEmbeddingCpuRef;               // cpu_ref.cc

namespace {

Support supported(const Problem& problem) {
  const ops::WeightFormatDesc& format = problem.op.as<ops::Embedding>()->format;
  const Support y = needs_f32(problem.outputs[0], "y");
  if (format.is_plain()) return all_of({y, needs_wide_floating(problem.inputs[1], "table")});
  if (format.block_cols % 16 != 0) {
    return Support::no("blocks of ", format.block_cols, " are no multiple of 16");
  }
  return all_of({y, needs_wide_floating(problem.inputs[2], "scales")});
}

constexpr Kernel kAvx512 =
    kernel_on<CpuIsa::kAvx512, supported>("embedding.cpu.avx512", run_embedding_avx512);
constexpr Kernel kAvx2 =
    kernel_on<CpuIsa::kAvx2, supported>("embedding.cpu.avx2", run_embedding_avx2);

}  // namespace

KernelList embedding_kernels() {
  static const std::vector<const Kernel*> all = [] {
    std::vector<const Kernel*> out = {&kEmbeddingCudaRows, &kAvx512, &kAvx2};
    for (const Kernel& kernel : panel_embedding_kernels()) out.push_back(&kernel);
    out.push_back(&kEmbeddingCpuRef);
    return out;
  }();
  return {"embedding", all};
}

}  // namespace lathe::kernels
