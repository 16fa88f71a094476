// SPDX-License-Identifier: Apache-2.0
#include "lathe/runtime/kv/kv_cache.h"

#include "lathe/base/error.h"

namespace lathe::runtime {

KvCache::KvCache(const Options& options)
    : options_(options), pool_(options.num_blocks), tree_(pool_, options.block_size) {}

std::vector<BlockId> KvCache::reusable(std::span<const int32_t> tokens) {
  if (options_.reuse == CacheReuse::kOff || tokens.empty()) return {};
  return tree_.match(tokens.first(tokens.size() - 1));
}

int64_t KvCache::num_reusable(std::span<const int32_t> tokens) {
  return static_cast<int64_t>(reusable(tokens).size()) * options_.block_size;
}

BlockTable KvCache::open(std::span<const int32_t> tokens) {
  BlockTable table(pool_);
  for (const BlockId block : reusable(tokens)) table.append_shared(block);
  return table;
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
  if (options_.reuse == CacheReuse::kOn) tree_.insert(tokens, table.ids());
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
