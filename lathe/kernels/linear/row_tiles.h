// SPDX-License-Identifier: Apache-2.0
// Rows of x cut into tiles of nearly the same number of rows, and tiles into blocks that one task
// takes through a panel together.
#pragma once

#include <algorithm>
#include <cstdint>

namespace lathe::kernels {

class RowTiles {
 public:
  RowTiles(int64_t rows, int64_t most_rows)
      : rows_(rows), num_tiles_((rows + most_rows - 1) / most_rows) {}

  int64_t num_tiles() const { return num_tiles_; }
  // Where tile i begins; of the last one's successor, where it ends.
  int64_t begin(int64_t tile) const {
    return tile * (rows_ / num_tiles_) + std::min(tile, rows_ % num_tiles_);
  }
  int64_t rows(int64_t tile) const { return begin(tile + 1) - begin(tile); }

 private:
  int64_t rows_;
  int64_t num_tiles_;
};

// A task's share of a linear: some row tiles times some panels.
struct TileTask {
  int64_t first_tile, end_tile;
  int64_t first_panel, end_panel;
};

// All tasks: blocks of row tiles outside, groups of panels inside, so that the rows of x stay in
// the cache while weights stream past.
class TileTasks {
 public:
  struct Shape {
    int64_t tiles, tiles_per_block;
    int64_t panels, panel_bytes;
    int64_t panels_at_once = 1;  // that a lone tile takes: tasks get whole groups where they can
    int threads;
  };
  explicit TileTasks(const Shape& shape)
      : shape_(shape),
        num_blocks_((shape.tiles + shape.tiles_per_block - 1) / shape.tiles_per_block),
        panels_per_task_(panels_per_task(shape)),
        num_groups_((shape.panels + panels_per_task_ - 1) / panels_per_task_) {}

  int64_t size() const { return num_blocks_ * num_groups_; }
  TileTask operator[](int64_t index) const {
    const int64_t block = index / num_groups_;
    const int64_t group = index % num_groups_;
    return {.first_tile = block * shape_.tiles / num_blocks_,
            .end_tile = (block + 1) * shape_.tiles / num_blocks_,
            .first_panel = group * panels_per_task_,
            .end_panel = std::min((group + 1) * panels_per_task_, shape_.panels)};
  }

 private:
  // Enough to be worth handing out, few enough that no thread is left waiting long for another.
  static int64_t panels_per_task(const Shape& shape) {
    constexpr int64_t kLeastBytes = 32 << 10;
    constexpr int64_t kTasksPerThread = 8;
    if (shape.tiles > 1) return 1;
    const int64_t worthwhile =
        (kLeastBytes + shape.panel_bytes) / std::max<int64_t>(1, shape.panel_bytes);
    const int64_t most = std::max(worthwhile, shape.panels / (shape.threads * kTasksPerThread));
    return most < shape.panels_at_once ? most : most / shape.panels_at_once * shape.panels_at_once;
  }

  Shape shape_;
  int64_t num_blocks_;
  int64_t panels_per_task_;
  int64_t num_groups_;
};

}  // namespace lathe::kernels
