// SPDX-License-Identifier: Apache-2.0
// The KV cache as the executor uses it: blocks for sequences, and what finished ones left behind.
#pragma once

#include <span>

#include "lathe/runtime/kv/block_table.h"
#include "lathe/runtime/kv/prefix_tree.h"

namespace lathe::runtime {

enum class CacheReuse : uint8_t { kOff, kOn };

class KvCache {
 public:
  struct Options {
    int64_t num_blocks = 0;
    int64_t block_size = 64;
    CacheReuse reuse = CacheReuse::kOn;
  };
  explicit KvCache(const Options& options);

  // How many of `tokens` need not be computed; never all, since the last one's logits are wanted.
  int64_t num_reusable(std::span<const int32_t> tokens);
  // A table with the blocks of so many tokens.
  struct Opened {
    BlockTable table;
    int64_t num_cached = 0;
  };
  Opened open(std::span<const int32_t> tokens);
  // Makes room for `num_tokens` tokens, evicting what only the tree holds. False where blocks ran
  // out; the table keeps what it got.
  bool grow(BlockTable& table, int64_t num_tokens);
  // Lets later prompts share the full blocks of `tokens`, whose keys and values are in `table`.
  void publish(std::span<const int32_t> tokens, const BlockTable& table);
  // The same, and the last block too, for a table that is about to be given up.
  void leave(std::span<const int32_t> tokens, const BlockTable& table);

  int64_t blocks_for(int64_t num_tokens) const {
    return (num_tokens + options_.block_size - 1) / options_.block_size;
  }
  int64_t num_available() const { return pool_.num_free() + tree_.num_evictable(); }
  int64_t num_blocks() const { return options_.num_blocks; }
  int64_t block_size() const { return options_.block_size; }
  const BlockPool& pool() const { return pool_; }
  const PrefixTree& tree() const { return tree_; }

  // Throws kInternal where blocks are lost, or counted otherwise than `tables` and tree hold them.
  void check(std::span<const BlockTable* const> tables) const;

 private:
  PrefixTree::Match reusable(std::span<const int32_t> tokens);
  Options options_;
  BlockPool pool_;
  PrefixTree tree_;
};

}  // namespace lathe::runtime
