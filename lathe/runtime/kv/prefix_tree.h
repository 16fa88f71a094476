// SPDX-License-Identifier: Apache-2.0
// Full blocks by the tokens that lead up to and fill them, so that a later prompt with the same
// beginning need not compute it again (`kv_cache_reuse`).
//
// A node is one block under its parent's: a full one, or the tail that a finished sequence left.
// Full blocks are shared; a tail is handed over whole to whoever continues it, since it will be
// written. Tokens are compared, not only hashed: a collision can never hand one request another's
// cache. The tree holds one reference to each of its blocks; a node that no table shares may be
// evicted, leaves first, the least recently used first.
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

  struct Match {
    std::vector<BlockId> blocks;  // full ones; the tree's
    int64_t tail_tokens = 0;      // that the best tail behind them holds too
    uint64_t tail = 0;            // its node, where tail_tokens > 0
  };
  // The longest known prefix of `tokens`. Marks it as used.
  Match match(std::span<const int32_t> tokens);
  // Gives the tail's block, with the tree's reference to it, to the caller. REQUIRES: of a match,
  // and nothing happened since.
  BlockId take_tail(const Match& match);

  enum class Tail : uint8_t {
    kLeave,  // the last block is still being written
    kKeep,   // it is not, and no table will hold it
  };
  // Remembers the blocks of `tokens`; blocks[i] holds tokens [i * block_size, …). Where the same
  // prefix is known by another block, that one stays and nothing below it is added: whoever holds a
  // node's block holds its ancestors' too, so a node that only the tree holds can always be
  // evicted, after those below it.
  void insert(std::span<const int32_t> tokens, std::span<const BlockId> blocks, Tail tail);
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
  void find_tail(NodeId parent, Chunk tokens, Match& match) const;
  void remove(NodeId id);  // with the tree's reference
  void unlink(NodeId id);  // without

  BlockPool& pool_;
  int64_t block_size_;
  NodeId next_id_ = 1;
  uint64_t clock_ = 0;
  std::unordered_map<NodeId, Node> nodes_;
  std::unordered_multimap<uint64_t, NodeId> by_key_;
  std::unordered_multimap<NodeId, NodeId> tails_;  // by parent
};

}  // namespace lathe::runtime
