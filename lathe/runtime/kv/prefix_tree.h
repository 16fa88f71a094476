// SPDX-License-Identifier: Apache-2.0
// Full blocks by the tokens that lead up to and fill them, so that a later prompt with the same
// beginning need not compute it again (`kv_cache_reuse`).
//
// A node is one full block under its parent's. Tokens are compared, not only hashed: a collision
// can never hand one request another's cache. The tree holds one reference to each of its blocks;
// a node that no table shares may be evicted, leaves first, the least recently used first.
// One thread. match and insert cost O(tokens), evict O(nodes).
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "lathe/runtime/kv/block_pool.h"

namespace lathe::runtime {

class PrefixTree {
 public:
  PrefixTree(BlockPool& pool, int64_t block_size) : pool_(pool), block_size_(block_size) {}
  PrefixTree(const PrefixTree&) = delete;
  PrefixTree& operator=(const PrefixTree&) = delete;
  ~PrefixTree() { clear(); }

  // The blocks of the longest known prefix of `tokens`, whole blocks only. Marks them as used.
  std::vector<BlockId> match(std::span<const int32_t> tokens);
  // Remembers the full blocks of `tokens`; blocks[i] holds tokens [i * block_size, …). Where the
  // same prefix is known by another block, that one stays and nothing below it is added: whoever
  // holds a node's block holds its ancestors' too, so a node that only the tree holds can always be
  // evicted, after those below it.
  void insert(std::span<const int32_t> tokens, std::span<const BlockId> blocks);
  // Gives up one block that only the tree holds. False where there is none.
  bool evict();
  void clear();  // gives up every block

  int64_t size() const { return static_cast<int64_t>(nodes_.size()); }
  int64_t num_evictable() const;        // blocks that only the tree holds
  std::vector<BlockId> blocks() const;  // one a node, in no order
  bool holds(BlockId block) const;

 private:
  using NodeId = uint64_t;  // 0 is the root
  struct Node {
    NodeId parent = 0;
    std::vector<int32_t> tokens;  // of this block
    BlockId block{};
    int64_t children = 0;
    uint64_t last_use = 0;
  };
  using Chunk = std::span<const int32_t>;
  static uint64_t key_of(NodeId parent, Chunk tokens);
  NodeId find_child(NodeId parent, Chunk tokens) const;  // 0 where there is none
  NodeId add_child(NodeId parent, Chunk tokens, BlockId block);
  void remove(NodeId id);

  BlockPool& pool_;
  int64_t block_size_;
  NodeId next_id_ = 1;
  uint64_t clock_ = 0;
  std::unordered_map<NodeId, Node> nodes_;
  std::unordered_multimap<uint64_t, NodeId> by_key_;
};

}  // namespace lathe::runtime
