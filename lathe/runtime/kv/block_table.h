// SPDX-License-Identifier: Apache-2.0
// The blocks of one sequence, in order of position. Holds one reference to each; move-only.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "lathe/runtime/kv/block_pool.h"

namespace lathe::runtime {

class BlockTable {
 public:
  explicit BlockTable(BlockPool& pool) : pool_(&pool) {}
  BlockTable(BlockTable&& other) noexcept
      : pool_(other.pool_), ids_(std::exchange(other.ids_, {})) {}
  BlockTable& operator=(BlockTable&&) = delete;
  ~BlockTable() { clear(); }

  void append_owned(BlockId id) { ids_.push_back(id); }  // takes over the caller's reference
  void append_shared(BlockId id) {
    pool_->retain(id);
    ids_.push_back(id);
  }
  void clear() {
    for (const BlockId id : ids_) pool_->release(id);
    ids_.clear();
  }

  std::span<const BlockId> ids() const { return ids_; }
  int64_t size() const { return static_cast<int64_t>(ids_.size()); }

 private:
  BlockPool* pool_;
  std::vector<BlockId> ids_;
};

}  // namespace lathe::runtime
