// SPDX-License-Identifier: Apache-2.0
// How the queries of a step are cut into blocks of rows. A row is one query token of one head; the
// heads of a group read the same keys, so a block holds all of them for some tokens.
#pragma once

#include <span>

#include "lathe/kernels/attention/limits.h"

namespace lathe::kernels {

// The queries of one sequence of the step.
struct QuerySequence {
  int64_t first_token = 0;  // in the step
  int64_t num_tokens = 0;
  int64_t first_position = 0;
  int64_t kv_length = 0;
};

struct RowBlock {
  int64_t sequence = 0;
  int64_t kv_head = 0;
  int64_t first_token = 0;  // within the sequence's tokens of the step
  int64_t num_tokens = 0;
};

struct HeadGroups {
  int64_t kv_heads = 0;
  int64_t group = 0;  // query heads a kv head; at most kMaxBlockRows
  int64_t block_tokens() const { return kMaxBlockRows / group; }
};

class RowBlocks {
 public:
  // `starts`: caller's memory, one more than there are sequences; it is written.
  RowBlocks(const HeadGroups& groups, std::span<const int32_t> cu_q_lengths,
            std::span<int32_t> starts);

  int64_t size() const { return starts_.back() * groups_.kv_heads; }
  // Late blocks, which see more keys, come first.
  RowBlock at(int64_t index) const;

 private:
  HeadGroups groups_;
  std::span<const int32_t> cu_q_lengths_;
  std::span<int32_t> starts_;  // of each sequence's blocks of one kv head
};

}  // namespace lathe::kernels
