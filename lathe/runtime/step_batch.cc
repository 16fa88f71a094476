// SPDX-License-Identifier: Apache-2.0
#include "lathe/runtime/step_batch.h"

#include <algorithm>

#include "lathe/base/error.h"

namespace lathe::runtime {

void StepBatch::clear() {
  for (std::vector<int32_t>* list : {&token_ids_, &positions_, &lengths_, &kv_lengths_,
                                     &logit_rows_, &blocks_, &block_tables_}) {
    list->clear();
  }
  cu_q_lengths_.assign(1, 0);
  num_blocks_.clear();
  table_width_ = 0;
}

void StepBatch::add(const BatchEntry& entry) {
  const int64_t end = entry.begin + entry.count;
  const auto known = static_cast<int64_t>(entry.tokens.size());
  const bool valid = entry.drawn_row ? entry.count == 1 && entry.begin == known : end <= known;
  LATHE_CHECK(entry.count > 0 && valid, "tokens beyond the known ones", entry.begin, entry.count,
              known);
  for (int64_t position = entry.begin; position < end; ++position) {
    if (entry.logits == LogitRows::kAll ||
        (entry.logits == LogitRows::kLast && position == end - 1)) {
      logit_rows_.push_back(static_cast<int32_t>(token_ids_.size()));
    }
    token_ids_.push_back(entry.drawn_row ? exec::drawn_token(*entry.drawn_row)
                                         : entry.tokens[static_cast<size_t>(position)]);
    positions_.push_back(static_cast<int32_t>(position));
    lengths_.push_back(static_cast<int32_t>(entry.length > 0 ? entry.length : position + 1));
  }
  cu_q_lengths_.push_back(static_cast<int32_t>(token_ids_.size()));
  kv_lengths_.push_back(static_cast<int32_t>(end));
  for (const BlockId block : entry.blocks) blocks_.push_back(static_cast<int32_t>(block));
  num_blocks_.push_back(static_cast<int64_t>(entry.blocks.size()));
  table_width_ = std::max(table_width_, num_blocks_.back());
}

std::span<const int32_t> StepBatch::block_tables() {
  block_tables_.assign(static_cast<size_t>(num_sequences() * table_width_), 0);
  auto from = blocks_.begin();
  for (size_t i = 0; i < num_blocks_.size(); ++i) {
    const auto count = static_cast<ptrdiff_t>(num_blocks_[i]);
    std::copy(
        from, from + count,
        block_tables_.begin() + static_cast<ptrdiff_t>(i) * static_cast<ptrdiff_t>(table_width_));
    from += count;
  }
  return block_tables_;
}

std::array<exec::NamedView, StepBatch::kNumInputs> StepBatch::inputs() {
  const auto view = [](std::string_view name, std::span<const int32_t> values) {
    const int64_t sizes[] = {static_cast<int64_t>(values.size())};
    return exec::NamedView{
        name, TensorView::contiguous(const_cast<int32_t*>(values.data()), DType::kI32, sizes)};
  };
  const int64_t table_sizes[] = {num_sequences(), table_width_};
  exec::NamedView tables = view("block_tables", block_tables());
  tables.view = TensorView::contiguous(tables.view.data, DType::kI32, table_sizes);
  return {view("token_ids", token_ids_),   view("positions", positions_),
          view("lengths", lengths_),       view("cu_q_lengths", cu_q_lengths_),
          view("kv_lengths", kv_lengths_), tables,
          view("logit_rows", logit_rows_)};
}

}  // namespace lathe::runtime
