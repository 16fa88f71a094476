// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/linear/dense.h"

#include <algorithm>

#include "lathe/kernels/cpu/float_elements.h"
#include "lathe/kernels/linear/finisher.h"
#include "lathe/kernels/linear/pack_x.h"
#include "lathe/kernels/linear/row_tiles.h"

namespace lathe::kernels {

namespace {

constexpr int64_t kBlockRows = 168;  // of x that one task takes through its panels
constexpr int64_t kChunkCols = 512;  // weights of f32: 64 KiB a panel
constexpr int64_t kPackCols = 1024;  // columns of a row tile that one task regroups

struct DenseRun {
  const DenseVariant& variant;
  LinearOperands operands;
  int64_t cols;
  RowTiles tiles;
  const float* x;  // of tile i: [column][row] from x + tiles.begin(i) * cols
  const std::byte* panels;
  int64_t panel_bytes;
  Finisher finisher;
};

const float* regroup_rows(const KernelArgs& args, const RowTiles& tiles, const TensorView& x) {
  const int64_t cols = x.size(-1);
  const auto* from = x.as<float>();
  if (num_rows(x) == 1) return from;
  auto* to = reinterpret_cast<float*>(args.workspace.data());
  const int64_t chunks = (cols + kPackCols - 1) / kPackCols;
  args.pool.run(static_cast<size_t>(tiles.num_tiles() * chunks), [&](size_t task) {
    const int64_t tile = static_cast<int64_t>(task) / chunks;
    const int64_t begin = static_cast<int64_t>(task) % chunks * kPackCols;
    const int64_t first = tiles.begin(tile) * cols;
    regroup_columns(from + first, tiles.rows(tile), cols,
                    {begin, std::min(begin + kPackCols, cols)}, to + first);
  });
  return to;
}

// One panel times a block of row tiles.
void sum_panel(const DenseRun& run, const TileTask& task, const std::byte* panel, float* sums) {
  const auto& functions = run.variant.tiles->functions[static_cast<size_t>(run.variant.format)];
  const int64_t first_row = run.tiles.begin(task.first_tile);
  for (int64_t k = 0; k < run.cols; k += kChunkCols) {
    const std::byte* weights = panel + dense_panel_bytes(run.variant.format, k);
    for (int64_t tile = task.first_tile; tile < task.end_tile; ++tile) {
      const int64_t row = run.tiles.begin(tile);
      const int64_t rows = run.tiles.rows(tile);
      functions[static_cast<size_t>(rows - 1)]({.x = run.x + row * run.cols + k * rows,
                                                .panel = weights,
                                                .panel_bytes = run.panel_bytes,
                                                .cols = std::min(kChunkCols, run.cols - k),
                                                .sums = sums + (row - first_row) * kPanelRows});
    }
  }
}

// Sums the task's first panel; where there is one row, several at once if so many are left. Gives
// their number.
int64_t sum_panels(const DenseRun& run, const TileTask& task, float* sums) {
  const DenseTiles& tiles = *run.variant.tiles;
  const int64_t rows = run.tiles.begin(task.end_tile) - run.tiles.begin(task.first_tile);
  const bool several = rows == 1 && task.end_panel - task.first_panel >= tiles.panels;
  const int64_t count = several ? tiles.panels : 1;
  const std::byte* panel = run.panels + task.first_panel * run.panel_bytes;
  std::fill_n(sums, rows * count * kPanelRows, 0.0f);
  if (!several) {
    sum_panel(run, task, panel, sums);
  } else {
    tiles.row_functions[static_cast<size_t>(run.variant.format)](
        {.x = run.x + run.tiles.begin(task.first_tile) * run.cols,
         .panel = panel,
         .panel_bytes = run.panel_bytes,
         .cols = run.cols,
         .sums = sums});
  }
  return count;
}

void run_task(const DenseRun& run, TileTask task) {
  alignas(64) float sums[kBlockRows * kPanelRows];
  const int64_t first_row = run.tiles.begin(task.first_tile);
  const int64_t rows = run.tiles.begin(task.end_tile) - first_row;
  while (task.first_panel < task.end_panel) {
    const int64_t count = sum_panels(run, task, sums);
    for (int64_t i = 0; i < count; ++i) {
      run.finisher.finish(sums + i * kPanelRows, first_row, rows, task.first_panel + i);
    }
    task.first_panel += count;
  }
}

}  // namespace

Dim dense_workspace(const Problem& problem) {
  return problem.inputs[0].shape.num_elements().scaled_up(4, 1, 64);
}

void run_dense(const KernelArgs& args, const DenseVariant& variant) {
  const LinearOperands operands = linear_operands(args, 1);
  const TensorView& x = *operands.x;
  const int64_t rows = num_rows(x);
  if (rows == 0 || operands.y->size(-1) == 0) return;
  const RowTiles tiles(rows, variant.tiles->rows);
  const DenseRun run{.variant = variant,
                     .operands = operands,
                     .cols = x.size(-1),
                     .tiles = tiles,
                     .x = regroup_rows(args, tiles, x),
                     .panels = static_cast<const std::byte*>(operands.weight[0].data),
                     .panel_bytes = dense_panel_bytes(variant.format, x.size(-1)),
                     .finisher = Finisher(operands, *variant.finish)};
  const int64_t weight_rows = operands.y->size(-1) * (variant.order == PanelOrder::kGated ? 2 : 1);
  const TileTasks tasks({.tiles = tiles.num_tiles(),
                         .tiles_per_block = kBlockRows / variant.tiles->rows,
                         .panels = num_panels(variant.order, weight_rows),
                         .panel_bytes = run.panel_bytes,
                         .panels_at_once = variant.tiles->panels,
                         .threads = args.pool.num_threads()});
  args.pool.run(static_cast<size_t>(tasks.size()),
                [&](size_t index) { run_task(run, tasks[static_cast<int64_t>(index)]); });
}

}  // namespace lathe::kernels
