// SPDX-License-Identifier: Apache-2.0
// paged_attention over f32 queries and a cache of f32, f16 or bf16: one task a block of rows; or,
// where there are too few blocks for the threads, one task some tiles of a block, whose partials
// meet in the workspace and are merged in order. Both give the same bits.
#pragma once

#include "lathe/kernels/attention/vector_block.h"
#include "lathe/kernels/paged_attention/step.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

inline constexpr int64_t kTilesPerTask = 4;
inline constexpr int64_t kMaxSplits = 64;

// A block whose tiles are shared out.
struct SplitBlock {
  RowBlock block = {};
  QuerySequence sequence = {};
  int64_t num_tiles = 0;
  int64_t first_task = 0;
  float* slots = nullptr;  // [num_tiles] partials

  int64_t num_tasks() const { return (num_tiles + kTilesPerTask - 1) / kTilesPerTask; }
};

struct SplitBlocks {
  SplitBlock items[kMaxSplits];
  int64_t count = 0;

  int64_t num_tasks() const {
    return count == 0 ? 0 : items[count - 1].first_task + items[count - 1].num_tasks();
  }
  const SplitBlock& of_task(int64_t task) const {
    int64_t item = count - 1;
    while (items[item].first_task > task) --item;
    return items[item];
  }
};

inline Partial slot(const SplitBlock& split, int64_t rows, int64_t head_dim, int64_t tile) {
  float* values = split.slots + tile * rows * slot_floats(head_dim);
  float* greatest = values + rows * padded(head_dim);
  return {greatest, greatest + rows, values, padded(head_dim)};
}

// Fills `out` where the blocks are few and their partials find room.
inline void plan_split(const AttentionCall& call, const PagedAttentionStep& step,
                       SplitBlocks& out) {
  std::span<float> left = step.slots();
  for (int64_t i = 0; i < step.blocks().size(); ++i) {
    SplitBlock& split = out.items[i];
    split = {.block = step.blocks().at(i), .first_task = out.num_tasks(), .slots = left.data()};
    split.sequence = step.sequence(split.block.sequence);
    QueryRows rows;
    gather_rows(call, split.sequence, split.block, rows);
    for_tiles(call.options, rows, [&](const PositionRange&) { ++split.num_tiles; });
    const auto floats =
        static_cast<size_t>(split.num_tiles * rows.count * slot_floats(call.head_dim));
    if (floats > left.size()) {
      out.count = 0;
      return;
    }
    left = left.subspan(floats);
    ++out.count;
  }
}

inline void run_split_task(const AttentionCall& call, const PagedAttentionStep& step,
                           const SplitBlock& split, int64_t first_tile) {
  QueryRows rows;
  KvTile tile;
  gather_rows(call, split.sequence, split.block, rows);
  int64_t index = -1;
  for_tiles(call.options, rows, [&](const PositionRange& positions) {
    ++index;
    if (index < first_tile || index >= first_tile + kTilesPerTask) return;
    load_tile(step.rows(split.block), positions, tile);
    attend_tile(call.options, tile, rows, slot(split, rows.count, call.head_dim, index));
  });
}

inline void merge_split(const AttentionCall& call, const SplitBlock& split) {
  QueryRows rows;
  BlockPartial total;
  gather_rows(call, split.sequence, split.block, rows);
  const Partial running = total.view(call.head_dim);
  clear(running, rows.count);
  for (int64_t tile = 0; tile < split.num_tiles; ++tile) {
    merge(slot(split, rows.count, call.head_dim, tile), rows.count, call.head_dim, running);
  }
  store_rows(call, rows, running);
}

inline void run_split(const AttentionCall& call, const PagedAttentionStep& step,
                      const SplitBlocks& splits, ThreadPool& pool) {
  pool.run(static_cast<size_t>(splits.num_tasks()), [&](size_t index) {
    const auto task = static_cast<int64_t>(index);
    const SplitBlock& split = splits.of_task(task);
    run_split_task(call, step, split, (task - split.first_task) * kTilesPerTask);
  });
  pool.run(static_cast<size_t>(splits.count),
           [&](size_t index) { merge_split(call, splits.items[index]); });
}

inline void run_paged_attention(const KernelArgs& args) {
  const PagedAttentionStep step(args);
  const AttentionCall call{.options = args.op.as<ops::PagedAttention>()->options,
                           .q = args.inputs[0].as<float>(),
                           .y = args.outputs[0].as<float>(),
                           .groups = step.groups(),
                           .head_dim = args.inputs[0].size(2)};
  const int64_t threads = args.pool.num_threads();
  const int64_t blocks = step.blocks().size();
  SplitBlocks splits;
  if (threads > 1 && blocks < 4 * threads && blocks <= kMaxSplits) plan_split(call, step, splits);
  if (splits.num_tasks() > blocks) return run_split(call, step, splits, args.pool);
  args.pool.run(static_cast<size_t>(blocks), [&](size_t index) {
    const RowBlock block = step.blocks().at(static_cast<int64_t>(index));
    attend_block(call, step.sequence(block.sequence), block, step.rows(block));
  });
}

}  // namespace
}  // namespace lathe::kernels
