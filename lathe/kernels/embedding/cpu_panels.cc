// SPDX-License-Identifier: Apache-2.0
// embedding from tables that lie in the panels of linear, so that an output layer which shares its
// weight needs no second copy. A row is gathered value by value: some hundred cache lines a token,
// next to nothing beside a step. The bits are the reference's. Ids are checked against whole
// panels: one that lies in the padding of the last gives zeros.
#include <array>

#include "lathe/kernels/cpu/ranges.h"
#include "lathe/kernels/embedding/check_ids.h"
#include "lathe/kernels/embedding/panels.h"
#include "lathe/kernels/linear/panels.h"
#include "lathe/ops/embedding.h"

namespace lathe::kernels {

namespace {

template <class Format>
using UnpackRow = void (*)(Format format, const std::byte* panel, int64_t lane,
                           std::span<float> out);

template <class Format>
struct Table {
  Format format;
  int64_t panel_bytes;
  UnpackRow<Format> unpack;
};

template <class Format>
void gather(const KernelArgs& args, const Table<Format>& table) {
  constexpr int64_t kGrain = 16;
  const auto* ids = args.inputs[0].as<int32_t>();
  const auto* bytes = static_cast<const std::byte*>(args.inputs[1].data);
  const int64_t hidden = args.outputs[0].size(1);
  auto* y = args.outputs[0].as<float>();
  check_ids(args.inputs[0], args.inputs[1].size(0) / table.panel_bytes * kPanelRows);
  for_ranges(args.pool, args.inputs[0].size(0), kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t token = begin; token < end; ++token) {
      table.unpack(table.format, bytes + ids[token] / kPanelRows * table.panel_bytes,
                   ids[token] % kPanelRows, {y + token * hidden, static_cast<size_t>(hidden)});
    }
  });
}

template <DenseFormat kFormat>
void run_dense(const KernelArgs& args) {
  gather<DenseFormat>(
      args, {kFormat, dense_panel_bytes(kFormat, args.outputs[0].size(1)), unpack_dense_row});
}

template <BlockFormat kFormat>
void run_block(const KernelArgs& args) {
  gather<BlockFormat>(
      args, {kFormat, block_panel_bytes(kFormat, args.outputs[0].size(1)), unpack_block_row});
}

Support supports_panels(const Problem& problem, const Target& target, bool same_format) {
  if (target.device != DeviceKind::kCpu) return Support::no("runs on a CPU");
  if (!same_format) return Support::no("for tables of another format");
  if (problem.outputs[0].dtype == DType::kF32) return Support::yes();
  return Support::no("writes f32, y is ", to_string(problem.outputs[0].dtype));
}

template <DenseFormat kFormat>
Support supports_dense(const Problem& problem, const Target& target) {
  const ops::WeightFormatDesc& format = problem.op.as<ops::Embedding>()->format;
  return supports_panels(problem, target, dense_format(format) == kFormat);
}

template <BlockFormat kFormat>
Support supports_block(const Problem& problem, const Target& target) {
  const ops::WeightFormatDesc& format = problem.op.as<ops::Embedding>()->format;
  return supports_panels(problem, target, block_format(format) == kFormat);
}

template <DenseFormat kFormat>
Kernel dense_kernel(std::string_view name) {
  return {.name = name,
          .supports = supports_dense<kFormat>,
          .run = run_dense<kFormat>,
          .layout = &dense_layout(kFormat, PanelOrder::kPlain)};
}

template <BlockFormat kFormat>
Kernel block_kernel(std::string_view name) {
  return {.name = name,
          .supports = supports_block<kFormat>,
          .run = run_block<kFormat>,
          .layout = &block_layout(kFormat, PanelOrder::kPlain)};
}

}  // namespace

std::span<const Kernel> panel_embedding_kernels() {
  static const std::array all = {
      dense_kernel<DenseFormat::kF32>("embedding.cpu.panel.f32"),
      dense_kernel<DenseFormat::kF16>("embedding.cpu.panel.f16"),
      dense_kernel<DenseFormat::kBf16>("embedding.cpu.panel.bf16"),
      block_kernel<BlockFormat::kBytes>("embedding.cpu.panel.q8_0"),
      block_kernel<BlockFormat::kNibbles>("embedding.cpu.panel.q4_0"),
      block_kernel<BlockFormat::kNibblesAndMinimums>("embedding.cpu.panel.q4_1"),
  };
  return all;
}

}  // namespace lathe::kernels
