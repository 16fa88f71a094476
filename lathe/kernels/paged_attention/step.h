// SPDX-License-Identifier: Apache-2.0
// A step of paged_attention as the vector kernels see it: checked, cut into blocks of rows, its
// workspace laid out.
#pragma once

#include "lathe/kernels/attention/key_values.h"
#include "lathe/kernels/attention/row_blocks.h"
#include "lathe/kernels/cpu/paged_step.h"
#include "lathe/kernels/kernel.h"
#include "lathe/ops/attention.h"

namespace lathe::kernels {

// Throws kInvalidArgument unless lengths and tables of a paged_attention agree with each other and
// with the cache.
void check_paged_attention(const KernelArgs& args, const PagedStep& step);

// The starts of the blocks, then slots for the partials of split keys.
Dim paged_attention_workspace(const Problem& problem);

// Floats that one row's partial of one tile takes: values, padded to vectors, greatest, sum.
inline int64_t slot_floats(int64_t head_dim) { return (head_dim + 15) / 16 * 16 + 2; }

class PagedAttentionStep {
 public:
  explicit PagedAttentionStep(const KernelArgs& args);

  const HeadGroups& groups() const { return groups_; }
  const RowBlocks& blocks() const { return blocks_; }
  QuerySequence sequence(int64_t index) const;
  KeyValueRows rows(const RowBlock& block) const;
  std::span<float> slots() const { return slots_; }

 private:
  PagedStep step_;
  const int32_t* kv_lengths_;
  HeadGroups groups_;
  std::span<float> slots_;
  RowBlocks blocks_;
};

}  // namespace lathe::kernels
