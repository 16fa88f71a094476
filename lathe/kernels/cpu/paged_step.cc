// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/cpu/paged_step.h"

#include <algorithm>

#include "lathe/base/error.h"

namespace lathe::kernels {

PagedStep::PagedStep(const TensorView& cache, const TensorView& cu_q_lengths,
                     const TensorView& block_tables)
    : cache_(*static_cast<const KvCacheView*>(cache.data)),
      cu_q_lengths_(cu_q_lengths),
      block_tables_(block_tables) {}

PagedSequence PagedStep::sequence(int64_t index) const {
  const int32_t* begins = cu_q_lengths_.as<int32_t>();
  const int64_t width = block_tables_.size(1);
  return {.first_token = begins[index],
          .num_tokens = begins[index + 1] - begins[index],
          .blocks = {block_tables_.as<int32_t>() + index * width, static_cast<size_t>(width)}};
}

int64_t PagedStep::sequence_of(int64_t token) const {
  const int32_t* begins = cu_q_lengths_.as<int32_t>();
  return std::upper_bound(begins, begins + num_sequences() + 1, token) - begins - 1;
}

void PagedStep::check_tokens(int64_t tokens) const {
  const int32_t* begins = cu_q_lengths_.as<int32_t>();
  int64_t end = 0;
  for (int64_t i = 0; i <= num_sequences(); ++i) {
    const int64_t least = end;
    end = begins[i];
    if (end < least || (i == 0 && end != 0)) {
      fail(ErrorCode::kInvalidArgument, "cu_q_lengths: expected ascending values from 0, got ", end,
           " at ", i);
    }
  }
  if (end != tokens) {
    fail(ErrorCode::kInvalidArgument, "cu_q_lengths: expected to end with the step's ", tokens,
         " tokens, got ", end);
  }
}

void PagedStep::check_positions(int64_t sequence_index, int64_t begin, int64_t end) const {
  if (begin >= end) return;
  const PagedSequence sequence = this->sequence(sequence_index);
  const int64_t last_block = (end - 1) / cache_.block_size;
  if (begin < 0 || last_block >= static_cast<int64_t>(sequence.blocks.size())) {
    fail(ErrorCode::kInvalidArgument, "block_tables: sequence ", sequence_index, " has positions ",
         begin, " to ", end - 1, ", its table has ", sequence.blocks.size(), " blocks of ",
         cache_.block_size);
  }
  for (int64_t i = begin / cache_.block_size; i <= last_block; ++i) {
    const int32_t block = sequence.blocks[static_cast<size_t>(i)];
    if (block < 0 || block >= cache_.num_blocks) {
      fail(ErrorCode::kInvalidArgument, "block_tables: sequence ", sequence_index, " names block ",
           block, ", the cache has ", cache_.num_blocks);
    }
  }
}

void PagedStep::check_token_positions(const TensorView& positions) const {
  for (int64_t i = 0; i < num_sequences(); ++i) {
    const PagedSequence sequence = this->sequence(i);
    for (int64_t token = 0; token < sequence.num_tokens; ++token) {
      const int64_t position = positions.as<int32_t>()[sequence.first_token + token];
      check_positions(i, position, position + 1);
    }
  }
}

}  // namespace lathe::kernels
