// SPDX-License-Identifier: Apache-2.0
// The inputs of one step (ops/step_inputs.h), packed: sequences lie one behind the other, contexts
// and generations together, without padding. Reused from step to step.
//
//   batch.clear();
//   batch.add({.tokens = known, .begin = 0, .count = 7, .blocks = table.ids()});
//   session.run(batch.inputs());
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "lathe/exec/session.h"
#include "lathe/runtime/ids.h"

namespace lathe::runtime {

enum class LogitRows : uint8_t { kNone, kLast, kAll };

// Tokens [begin, begin + count) of one sequence.
struct BatchEntry {
  std::span<const int32_t> tokens;  // all that are known
  int64_t begin = 0;                // those before it are in the KV cache
  int64_t count = 0;
  int64_t length = 0;               // what `lengths` says of each; 0: the position + 1
  std::span<const BlockId> blocks;  // enough for begin + count tokens
  LogitRows logits = LogitRows::kLast;
  // The one token, behind all known ones, that the device drew from this row of the step before.
  std::optional<int64_t> drawn_row = {};
};

class StepBatch {
 public:
  static constexpr size_t kNumInputs = 7;

  void clear();
  void add(const BatchEntry& entry);

  bool empty() const { return kv_lengths_.empty(); }
  int64_t num_tokens() const { return static_cast<int64_t>(token_ids_.size()); }
  int64_t num_sequences() const { return static_cast<int64_t>(kv_lengths_.size()); }
  int64_t num_logit_rows() const { return static_cast<int64_t>(logit_rows_.size()); }
  int64_t table_width() const { return table_width_; }  // blocks of the longest sequence

  std::span<const int32_t> token_ids() const { return token_ids_; }
  std::span<const int32_t> positions() const { return positions_; }
  std::span<const int32_t> lengths() const { return lengths_; }
  std::span<const int32_t> cu_q_lengths() const { return cu_q_lengths_; }
  std::span<const int32_t> kv_lengths() const { return kv_lengths_; }
  std::span<const int32_t> logit_rows() const { return logit_rows_; }
  // [sequences, table_width], filled up with block 0, which no kernel reads.
  std::span<const int32_t> block_tables();

  // Views of the above under the names of ops::step_inputs(); valid until the batch changes.
  std::array<exec::NamedView, kNumInputs> inputs();

 private:
  std::vector<int32_t> token_ids_, positions_, lengths_;
  std::vector<int32_t> cu_q_lengths_{0}, kv_lengths_;
  std::vector<int32_t> logit_rows_;
  std::vector<int32_t> blocks_;        // of all sequences, one behind the other
  std::vector<int64_t> num_blocks_;    // of each sequence
  std::vector<int32_t> block_tables_;  // made by block_tables()
  int64_t table_width_ = 0;
};

}  // namespace lathe::runtime
