// SPDX-License-Identifier: Apache-2.0
// A step's packed sequences and their blocks in a paged cache, as the kernels that touch the cache
// read them (ops/step_inputs.h).
#pragma once

#include <span>

#include "lathe/core/tensor.h"
#include "lathe/kernels/kv_cache_view.h"

namespace lathe::kernels {

// One sequence of the step.
struct PagedSequence {
  int64_t first_token = 0;          // in the step
  int64_t num_tokens = 0;           // in the step
  std::span<const int32_t> blocks;  // its row of block_tables
};

class PagedStep {
 public:
  // REQUIRES: views of the types that the ops' rules give.
  PagedStep(const TensorView& cache, const TensorView& cu_q_lengths,
            const TensorView& block_tables);

  const KvCacheView& cache() const { return cache_; }
  int64_t num_sequences() const { return block_tables_.size(0); }
  PagedSequence sequence(int64_t index) const;
  int64_t sequence_of(int64_t token) const;  // REQUIRES: check_tokens

  // Throws kInvalidArgument unless cu_q_lengths cuts `tokens` tokens in ascending order.
  void check_tokens(int64_t tokens) const;
  // Throws kInvalidArgument unless the sequence's table names blocks for positions [begin, end).
  void check_positions(int64_t sequence, int64_t begin, int64_t end) const;

  // The same for every token's own position. `positions`: i32 [tokens].
  void check_token_positions(const TensorView& positions) const;

  // Index of the first element of one token's key (or value). REQUIRES: a checked position.
  int64_t offset(const PagedSequence& sequence, int64_t kv_head, int64_t position) const {
    const auto block = static_cast<size_t>(position / cache_.block_size);
    return cache_.offset(sequence.blocks[block], kv_head, position % cache_.block_size);
  }

 private:
  const KvCacheView& cache_;
  const TensorView& cu_q_lengths_;
  const TensorView& block_tables_;
};

}  // namespace lathe::kernels
