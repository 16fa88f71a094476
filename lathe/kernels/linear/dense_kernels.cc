// SPDX-License-Identifier: Apache-2.0
// The records of linear with plain weights: a row an ISA class, format and order.
#include "lathe/kernels/linear/dense.h"
#include "lathe/kernels/linear/records.h"

namespace lathe::kernels {

namespace {

template <CpuIsa kIsa>
constexpr const DenseTiles* kTiles = kIsa == CpuIsa::kAvx2 ? &kDenseTilesAvx2 : &kDenseTilesAvx512;
template <CpuIsa kIsa>
constexpr const FinishTiles* kFinish =
    kIsa == CpuIsa::kAvx2 ? &kFinishTilesAvx2 : &kFinishTilesAvx512;

template <CpuIsa kIsa, DenseFormat kFormat, PanelOrder kOrder>
Kernel record(std::string_view name) {
  static constexpr DenseVariant kVariant{kIsa, kFormat, kOrder, kTiles<kIsa>, kFinish<kIsa>};
  return {
      .name = name,
      .supports = [](const Problem& problem,
                     const Target& target) { return supports_dense(problem, target, kVariant); },
      .run = [](const KernelArgs& args) { run_dense(args, kVariant); },
      .workspace_bytes = dense_workspace,
      .layout = &dense_layout(kFormat, kOrder)};
}

}  // namespace

std::span<const Kernel> dense_linear_kernels() {
  using enum CpuIsa;
  using enum DenseFormat;
  using enum PanelOrder;
  static const Kernel kernels[] = {
      record<kAvx512, kF32, kPlain>("linear.cpu.avx512.f32"),
      record<kAvx512, kF32, kGated>("linear.cpu.avx512.f32.gated"),
      record<kAvx512, kF16, kPlain>("linear.cpu.avx512.f16"),
      record<kAvx512, kF16, kGated>("linear.cpu.avx512.f16.gated"),
      record<kAvx512, kBf16, kPlain>("linear.cpu.avx512.bf16"),
      record<kAvx512, kBf16, kGated>("linear.cpu.avx512.bf16.gated"),
      record<kAvx2, kF32, kPlain>("linear.cpu.avx2.f32"),
      record<kAvx2, kF32, kGated>("linear.cpu.avx2.f32.gated"),
      record<kAvx2, kF16, kPlain>("linear.cpu.avx2.f16"),
      record<kAvx2, kF16, kGated>("linear.cpu.avx2.f16.gated"),
      record<kAvx2, kBf16, kPlain>("linear.cpu.avx2.bf16"),
      record<kAvx2, kBf16, kGated>("linear.cpu.avx2.bf16.gated"),
  };
  return kernels;
}

}  // namespace lathe::kernels
