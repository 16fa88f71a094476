// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/attention/row_blocks.h"

#include <algorithm>

namespace lathe::kernels {

RowBlocks::RowBlocks(const HeadGroups& groups, std::span<const int32_t> cu_q_lengths,
                     std::span<int32_t> starts)
    : groups_(groups), cu_q_lengths_(cu_q_lengths), starts_(starts) {
  const int64_t block = groups.block_tokens();
  starts_[0] = 0;
  for (size_t i = 0; i + 1 < starts_.size(); ++i) {
    const int64_t tokens = cu_q_lengths[i + 1] - cu_q_lengths[i];
    starts_[i + 1] = starts_[i] + static_cast<int32_t>((tokens + block - 1) / block);
  }
}

RowBlock RowBlocks::at(int64_t index) const {
  const int64_t place = starts_.back() - 1 - index / groups_.kv_heads;
  const auto sequence = static_cast<size_t>(
      std::upper_bound(starts_.begin(), starts_.end(), place) - starts_.begin() - 1);
  const int64_t first = (place - starts_[sequence]) * groups_.block_tokens();
  const int64_t tokens = cu_q_lengths_[sequence + 1] - cu_q_lengths_[sequence];
  return {.sequence = static_cast<int64_t>(sequence),
          .kv_head = index % groups_.kv_heads,
          .first_token = first,
          .num_tokens = std::min(groups_.block_tokens(), tokens - first)};
}

}  // namespace lathe::kernels
