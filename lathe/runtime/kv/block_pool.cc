// SPDX-License-Identifier: Apache-2.0
#include "lathe/runtime/kv/block_pool.h"

#include "lathe/base/error.h"

namespace lathe::runtime {

BlockPool::BlockPool(int64_t num_blocks) : references_(static_cast<size_t>(num_blocks), 0) {
  free_.reserve(references_.size());
  for (int64_t id = num_blocks - 1; id >= 0; --id) free_.push_back(static_cast<BlockId>(id));
}

std::optional<BlockId> BlockPool::allocate() {
  if (free_.empty()) return std::nullopt;
  const BlockId id = free_.back();
  free_.pop_back();
  references_[index(id)] = 1;
  return id;
}

void BlockPool::retain(BlockId id) {
  LATHE_CHECK(references(id) > 0, "retained a free block", static_cast<int32_t>(id));
  ++references_[index(id)];
}

void BlockPool::release(BlockId id) {
  LATHE_CHECK(references(id) > 0, "released a free block", static_cast<int32_t>(id));
  if (--references_[index(id)] == 0) free_.push_back(id);
}

}  // namespace lathe::runtime
