// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/linear/block.h"

#include <algorithm>

#include "lathe/kernels/cpu/float_elements.h"
#include "lathe/kernels/linear/finisher.h"
#include "lathe/kernels/linear/pack_x.h"
#include "lathe/kernels/linear/row_tiles.h"

namespace lathe::kernels {

namespace {

constexpr int64_t kBlockRows = 96;  // rows of x that one task takes through its panels
// How far ahead a panel is asked for while a task's first tile reads it: some 8 blocks.
constexpr int64_t kPrefetchBytes = 8192;

struct BlockRun {
  const BlockVariant& variant;
  LinearOperands operands;
  int64_t blocks;
  RowTiles tiles;
  const std::byte* x;  // of tile i from x + tiles.begin(i) * blocks * kPackedBlockBytes
  Finisher finisher;
};

// Packs x of all row tiles into the workspace.
const std::byte* pack_rows(const KernelArgs& args, const LinearOperands& operands,
                           const BlockVariant& variant, const RowTiles& tiles) {
  const int64_t blocks = operands.x_scales->size(-1);
  const auto* codes = operands.x->as<int8_t>();
  const auto* scales = operands.x_scales->as<float>();
  const int32_t offset = variant.tiles->code_offset[static_cast<size_t>(variant.format)];
  args.pool.run(static_cast<size_t>(tiles.num_tiles()), [&](size_t index) {
    const auto tile = static_cast<int64_t>(index);
    const int64_t rows = tiles.rows(tile);
    std::byte* out = args.workspace.data() + tiles.begin(tile) * blocks * kPackedBlockBytes;
    for (int64_t r = 0; r < rows; ++r) {
      const int64_t first = (tiles.begin(tile) + r) * blocks;
      for (int64_t b = 0; b < blocks; ++b) {
        pack_block(codes + (first + b) * kBlockCols, scales[first + b], offset,
                   {r, rows, out + b * rows * kPackedBlockBytes});
      }
    }
  });
  return args.workspace.data();
}

void run_task(const BlockRun& run, const TileTask& task) {
  alignas(64) float sums[kBlockRows * kPanelRows];
  const auto& functions = run.variant.tiles->functions[static_cast<size_t>(run.variant.format)];
  const auto* panels = static_cast<const std::byte*>(run.operands.weight[0].data);
  const int64_t panel_bytes = block_panel_bytes(run.variant.format, run.blocks * kBlockCols);
  const int64_t first_row = run.tiles.begin(task.first_tile);
  for (int64_t panel = task.first_panel; panel < task.end_panel; ++panel) {
    for (int64_t tile = task.first_tile; tile < task.end_tile; ++tile) {
      const int64_t row = run.tiles.begin(tile);
      run.finisher.prefetch(row, run.tiles.rows(tile), panel);
      functions[static_cast<size_t>(run.tiles.rows(tile) - 1)](
          {.x = run.x + row * run.blocks * kPackedBlockBytes,
           .panel = panels + panel * panel_bytes,
           .blocks = run.blocks,
           .ahead = tile == task.first_tile ? kPrefetchBytes : 0,
           .sums = sums + (row - first_row) * kPanelRows});
    }
    run.finisher.finish(sums, first_row, run.tiles.begin(task.end_tile) - first_row, panel);
  }
}

}  // namespace

Dim block_workspace(const Problem& problem) {
  return problem.inputs[1].shape.num_elements().scaled_up(kPackedBlockBytes, 1, 64);
}

void run_block(const KernelArgs& args, const BlockVariant& variant) {
  const LinearOperands operands = linear_operands(args, 1);
  const int64_t rows = num_rows(*operands.x);
  if (rows == 0 || operands.y->size(-1) == 0) return;
  const RowTiles tiles(rows, variant.tiles->rows);
  const BlockRun run{.variant = variant,
                     .operands = operands,
                     .blocks = operands.x_scales->size(-1),
                     .tiles = tiles,
                     .x = pack_rows(args, operands, variant, tiles),
                     .finisher = Finisher(operands, *variant.finish)};
  const int64_t weight_rows = operands.y->size(-1) * (variant.order == PanelOrder::kGated ? 2 : 1);
  const TileTasks tasks({.tiles = tiles.num_tiles(),
                         .tiles_per_block = kBlockRows / variant.tiles->rows,
                         .panels = num_panels(variant.order, weight_rows),
                         .panel_bytes = block_panel_bytes(variant.format, operands.x->size(-1)),
                         .threads = args.pool.num_threads()});
  args.pool.run(static_cast<size_t>(tasks.size()),
                [&](size_t index) { run_task(run, tasks[static_cast<int64_t>(index)]); });
}

}  // namespace lathe::kernels
