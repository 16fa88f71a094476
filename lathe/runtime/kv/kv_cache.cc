// SPDX-License-Identifier: Apache-2.0
#include "lathe/runtime/kv/kv_cache.h"

#include "lathe/base/error.h"

namespace lathe::runtime {

KvCache::KvCache(const Options& options)
    : options_(options), pool_(options.num_blocks), tree_(pool_, options.block_size) {}

PrefixTree::Match KvCache::reusable(std::span<const int32_t> tokens) {
  if (options_.reuse == CacheReuse::kOff || tokens.empty()) return {};
  return tree_.match(tokens.first(tokens.size() - 1));
}

int64_t KvCache::num_reusable(std::span<const int32_t> tokens) {
  const PrefixTree::Match match = reusable(tokens);
  return std::ssize(match.blocks) * options_.block_size + match.tail_tokens;
}

KvCache::Opened KvCache::open(std::span<const int32_t> tokens) {
  const PrefixTree::Match match = reusable(tokens);
  BlockTable table(pool_);
  for (const BlockId block : match.blocks) table.append_shared(block);
  if (match.tail_tokens > 0) table.append_owned(tree_.take_tail(match));
  return {std::move(table), std::ssize(match.blocks) * options_.block_size + match.tail_tokens};
}

bool KvCache::grow(BlockTable& table, int64_t num_tokens) {
  while (table.size() < blocks_for(num_tokens)) {
    std::optional<BlockId> block = pool_.allocate();
    if (!block && tree_.evict()) block = pool_.allocate();
    if (!block) return false;
    table.append_owned(*block);
  }
  return true;
}

void KvCache::publish(std::span<const int32_t> tokens, const BlockTable& table) {
  if (options_.reuse == CacheReuse::kOff) return;
  tree_.insert(tokens, table.ids(), PrefixTree::Tail::kLeave);
}

void KvCache::leave(std::span<const int32_t> tokens, const BlockTable& table) {
  if (options_.reuse == CacheReuse::kOff) return;
  tree_.insert(tokens, table.ids(), PrefixTree::Tail::kKeep);
}

void KvCache::check(std::span<const BlockTable* const> tables) const {
  std::vector<int64_t> held(static_cast<size_t>(num_blocks()), 0);
  for (const BlockTable* table : tables) {
    for (const BlockId id : table->ids()) ++held.at(static_cast<size_t>(id));
  }
  for (const BlockId id : tree_.blocks()) ++held.at(static_cast<size_t>(id));
  int64_t free = 0;
  for (size_t i = 0; i < held.size(); ++i) {
    const int64_t counted = pool_.references(static_cast<BlockId>(i));
    LATHE_CHECK(counted == held[i], "a block's references differ from its holders", i, counted,
                held[i]);
    free += counted == 0 ? 1 : 0;
  }
  LATHE_CHECK(free == pool_.num_free(), "blocks were lost", free, pool_.num_free());
}

}  // namespace lathe::runtime
