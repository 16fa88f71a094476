// SPDX-License-Identifier: Apache-2.0
// The KV cache's blocks by id, with reference counts. The storage is exec's.
//
// One thread. Cost of every call: O(1).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lathe/runtime/ids.h"

namespace lathe::runtime {

class BlockPool {
 public:
  explicit BlockPool(int64_t num_blocks);
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  // A free block with one reference; empty where none is free.
  std::optional<BlockId> allocate();
  void retain(BlockId id);   // REQUIRES: referenced
  void release(BlockId id);  // REQUIRES: referenced; the last one frees it

  int64_t references(BlockId id) const { return references_.at(index(id)); }
  int64_t num_blocks() const { return static_cast<int64_t>(references_.size()); }
  int64_t num_free() const { return static_cast<int64_t>(free_.size()); }

 private:
  static size_t index(BlockId id) { return static_cast<size_t>(id); }
  std::vector<int32_t> references_;
  std::vector<BlockId> free_;  // the last one is given out next
};

}  // namespace lathe::runtime
