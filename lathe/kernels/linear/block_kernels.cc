// SPDX-License-Identifier: Apache-2.0
// The records of linear over quantized x: a row an ISA class, format and order.
#include "lathe/kernels/linear/block.h"
#include "lathe/kernels/linear/records.h"

namespace lathe::kernels {

namespace {

template <CpuIsa kIsa>
constexpr const BlockTiles* kTiles = kIsa == CpuIsa::kAvx2     ? &kBlockTilesAvx2
                                     : kIsa == CpuIsa::kAvx512 ? &kBlockTilesAvx512
                                                               : &kBlockTilesVnni;
template <CpuIsa kIsa>
constexpr const FinishTiles* kFinish =
    kIsa == CpuIsa::kAvx2 ? &kFinishTilesAvx2 : &kFinishTilesAvx512;

template <CpuIsa kIsa, BlockFormat kFormat, PanelOrder kOrder>
Kernel record(std::string_view name) {
  static constexpr BlockVariant kVariant{kIsa, kFormat, kOrder, kTiles<kIsa>, kFinish<kIsa>};
  return {
      .name = name,
      .supports = [](const Problem& problem,
                     const Target& target) { return supports_block(problem, target, kVariant); },
      .run = [](const KernelArgs& args) { run_block(args, kVariant); },
      .workspace_bytes = block_workspace,
      .layout = &block_layout(kFormat, kOrder)};
}

}  // namespace

std::span<const Kernel> block_linear_kernels() {
  using enum CpuIsa;
  using enum BlockFormat;
  using enum PanelOrder;
  static const Kernel kernels[] = {
      record<kVnni, kBytes, kPlain>("linear.cpu.vnni.q8_0"),
      record<kVnni, kBytes, kGated>("linear.cpu.vnni.q8_0.gated"),
      record<kVnni, kNibbles, kPlain>("linear.cpu.vnni.q4_0"),
      record<kVnni, kNibbles, kGated>("linear.cpu.vnni.q4_0.gated"),
      record<kVnni, kNibblesAndMinimums, kPlain>("linear.cpu.vnni.q4_1"),
      record<kVnni, kNibblesAndMinimums, kGated>("linear.cpu.vnni.q4_1.gated"),
      record<kAvx512, kBytes, kPlain>("linear.cpu.avx512.q8_0"),
      record<kAvx512, kBytes, kGated>("linear.cpu.avx512.q8_0.gated"),
      record<kAvx512, kNibbles, kPlain>("linear.cpu.avx512.q4_0"),
      record<kAvx512, kNibbles, kGated>("linear.cpu.avx512.q4_0.gated"),
      record<kAvx512, kNibblesAndMinimums, kPlain>("linear.cpu.avx512.q4_1"),
      record<kAvx512, kNibblesAndMinimums, kGated>("linear.cpu.avx512.q4_1.gated"),
      record<kAvx2, kBytes, kPlain>("linear.cpu.avx2.q8_0"),
      record<kAvx2, kBytes, kGated>("linear.cpu.avx2.q8_0.gated"),
      record<kAvx2, kNibbles, kPlain>("linear.cpu.avx2.q4_0"),
      record<kAvx2, kNibbles, kGated>("linear.cpu.avx2.q4_0.gated"),
      record<kAvx2, kNibblesAndMinimums, kPlain>("linear.cpu.avx2.q4_1"),
      record<kAvx2, kNibblesAndMinimums, kGated>("linear.cpu.avx2.q4_1.gated"),
  };
  return kernels;
}

}  // namespace lathe::kernels
