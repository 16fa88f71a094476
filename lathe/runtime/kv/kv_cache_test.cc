// SPDX-License-Identifier: Apache-2.0
#include "lathe/runtime/kv/kv_cache.h"

#include <gtest/gtest.h>

#include <numeric>
#include <optional>

#include "lathe/base/error.h"
#include "lathe/base/random.h"

namespace lathe::runtime {
namespace {

std::vector<int32_t> iota(int32_t first, size_t count) {
  std::vector<int32_t> tokens(count);
  std::iota(tokens.begin(), tokens.end(), first);
  return tokens;
}

TEST(BlockPoolTest, GivesEachBlockOnceAndTakesItBack) {
  BlockPool pool(3);
  const BlockId a = *pool.allocate();
  const BlockId b = *pool.allocate();
  const BlockId c = *pool.allocate();
  EXPECT_TRUE(a != b && b != c && a != c);
  EXPECT_FALSE(pool.allocate());
  pool.retain(b);
  pool.release(b);
  EXPECT_EQ(pool.num_free(), 0);
  pool.release(b);
  EXPECT_EQ(pool.num_free(), 1);
  EXPECT_EQ(pool.allocate(), b);
}

TEST(BlockPoolTest, ReleasingAFreeBlockIsABug) {
  BlockPool pool(1);
  const BlockId block = *pool.allocate();
  pool.release(block);
  EXPECT_THROW(pool.release(block), Error);
  EXPECT_THROW(pool.retain(block), Error);
}

TEST(KvCacheTest, TablesGrowByWholeBlocksAndGiveThemBack) {
  KvCache cache({.num_blocks = 4, .block_size = 16});
  {
    BlockTable table = cache.open({}).table;
    EXPECT_TRUE(cache.grow(table, 1));
    EXPECT_TRUE(cache.grow(table, 16));
    EXPECT_EQ(table.size(), 1);
    EXPECT_TRUE(cache.grow(table, 17));
    EXPECT_EQ(table.size(), 2);
    EXPECT_FALSE(cache.grow(table, 65));
    EXPECT_EQ(cache.num_available(), 0);
  }
  EXPECT_EQ(cache.num_available(), 4);
}

TEST(KvCacheTest, ALaterPromptSharesFullBlocksButNotTheLastToken) {
  KvCache cache({.num_blocks = 8, .block_size = 4});
  const std::vector<int32_t> tokens = iota(0, 10);
  std::vector<BlockId> first;
  {
    BlockTable table = cache.open(tokens).table;
    ASSERT_TRUE(cache.grow(table, 10));
    cache.publish(tokens, table);
    first.assign(table.ids().begin(), table.ids().end());
  }
  EXPECT_EQ(cache.tree().size(), 2);
  EXPECT_EQ(cache.num_reusable(tokens), 8);
  EXPECT_EQ(cache.num_reusable(iota(0, 8)), 4) << "the last token's logits are wanted";
  EXPECT_EQ(cache.num_reusable(iota(1, 9)), 0);
  std::vector<int32_t> other = tokens;
  other[5] = 99;
  EXPECT_EQ(cache.num_reusable(other), 4);
  const BlockTable shared = cache.open(tokens).table;
  EXPECT_EQ(shared.ids()[0], first[0]);
  EXPECT_EQ(shared.ids()[1], first[1]);
  cache.check(std::vector<const BlockTable*>{&shared});
}

TEST(KvCacheTest, ATailIsHandedOverToWhoContinuesIt) {
  KvCache cache({.num_blocks = 8, .block_size = 4});
  const std::vector<int32_t> tokens = iota(0, 6);
  BlockId tail{};
  {
    BlockTable table = cache.open(tokens).table;
    ASSERT_TRUE(cache.grow(table, 6));
    cache.publish(tokens, table);
    EXPECT_EQ(cache.num_reusable(iota(0, 9)), 4) << "the tail is still being written";
    cache.leave(tokens, table);
    EXPECT_EQ(cache.num_reusable(iota(0, 9)), 4) << "and not let go yet";
    tail = table.ids()[1];
  }
  EXPECT_EQ(cache.num_reusable(iota(0, 9)), 6);
  EXPECT_EQ(cache.num_reusable(std::vector<int32_t>{0, 1, 2, 3, 4, 9, 9}), 5) << "a part of it";
  EXPECT_EQ(cache.num_reusable(std::vector<int32_t>{0, 1, 2, 3, 9, 9, 9}), 4);
  KvCache::Opened opened = cache.open(iota(0, 9));
  EXPECT_EQ(opened.num_cached, 6);
  EXPECT_EQ(opened.table.ids()[1], tail);
  EXPECT_EQ(cache.num_reusable(iota(0, 9)), 4) << "nobody else gets it";
  EXPECT_TRUE(cache.grow(opened.table, 9));
  cache.check(std::vector<const BlockTable*>{&opened.table});
}

TEST(KvCacheTest, TheBestTailIsChosen) {
  KvCache cache({.num_blocks = 8, .block_size = 4});
  for (const std::vector<int32_t>& tokens : {std::vector<int32_t>{1, 2}, {1, 2, 3}, {7}}) {
    BlockTable table = cache.open(tokens).table;
    table.clear();
    ASSERT_TRUE(cache.grow(table, std::ssize(tokens)));
    cache.leave(tokens, table);
  }
  EXPECT_EQ(cache.num_reusable(std::vector<int32_t>{1, 2, 3, 4}), 3);
  EXPECT_EQ(cache.num_reusable(std::vector<int32_t>{7, 7}), 1);
  EXPECT_EQ(cache.num_reusable(std::vector<int32_t>{2, 2}), 0);
  EXPECT_EQ(cache.num_available(), 8);
}

TEST(KvCacheTest, EvictsTheLeastRecentlyUsedLeafAndNoSharedBlock) {
  KvCache cache({.num_blocks = 3, .block_size = 2});
  const auto fill = [&](const std::vector<int32_t>& tokens) {
    BlockTable table = cache.open(tokens).table;
    EXPECT_TRUE(cache.grow(table, static_cast<int64_t>(tokens.size())));
    cache.publish(tokens, table);
  };
  fill({1, 2, 3, 4});
  fill({5, 6});
  EXPECT_EQ(cache.num_available(), 3);
  const BlockTable holder = cache.open(std::vector<int32_t>{1, 2, 9}).table;  // holds [1, 2]
  BlockTable table = cache.open({}).table;
  EXPECT_TRUE(cache.grow(table, 2));  // evicts [3, 4], the oldest leaf
  EXPECT_EQ(cache.num_reusable(std::vector<int32_t>{5, 6, 7}), 2);
  EXPECT_TRUE(cache.grow(table, 4));  // evicts [5, 6]
  EXPECT_FALSE(cache.grow(table, 6)) << "[1, 2] is shared";
  EXPECT_EQ(cache.num_reusable(std::vector<int32_t>{1, 2, 3}), 2);
}

TEST(KvCacheTest, KeepsNothingWhereReuseIsOff) {
  KvCache cache({.num_blocks = 4, .block_size = 2, .reuse = CacheReuse::kOff});
  const std::vector<int32_t> tokens = iota(0, 6);
  {
    BlockTable table = cache.open(tokens).table;
    ASSERT_TRUE(cache.grow(table, 6));
    cache.publish(tokens, table);
  }
  EXPECT_EQ(cache.tree().size(), 0);
  EXPECT_EQ(cache.num_reusable(tokens), 0);
}

TEST(KvCacheTest, CheckFindsALostBlock) {
  KvCache cache({.num_blocks = 2, .block_size = 2});
  BlockTable table = cache.open({}).table;
  ASSERT_TRUE(cache.grow(table, 2));
  EXPECT_NO_THROW(cache.check(std::vector<const BlockTable*>{&table}));
  EXPECT_THROW(cache.check({}), Error);
}

// Tables come, grow, publish and go at random; promises as the scheduler makes them always hold.
TEST(KvCacheTest, RandomUseConservesBlocks) {
  KvCache cache({.num_blocks = 24, .block_size = 4});
  std::vector<std::unique_ptr<BlockTable>> tables;
  std::vector<std::vector<int32_t>> texts;
  auto random = [counter = uint64_t{0}](int64_t below) mutable {
    return static_cast<int64_t>(uniform_at(11, 0, counter++) * static_cast<float>(below));
  };
  for (int i = 0; i < 3000; ++i) {
    if (tables.size() < 4 && random(2) == 0) {
      // Few distinct tokens, so that prefixes are shared often.
      std::vector<int32_t> text;
      for (int64_t n = 1 + random(20); n > 0; --n) text.push_back(static_cast<int32_t>(random(2)));
      tables.push_back(std::make_unique<BlockTable>(cache.open(text).table));
      texts.push_back(text);
      ASSERT_TRUE(cache.grow(*tables.back(), static_cast<int64_t>(text.size())));
      cache.publish(text, *tables.back());
    } else if (!tables.empty()) {
      const auto at = static_cast<ptrdiff_t>(random(static_cast<int64_t>(tables.size())));
      if (random(2) == 0)
        cache.leave(texts[static_cast<size_t>(at)], *tables[static_cast<size_t>(at)]);
      tables.erase(tables.begin() + at);
      texts.erase(texts.begin() + at);
    }
    std::vector<const BlockTable*> held;
    for (const auto& table : tables) held.push_back(table.get());
    ASSERT_NO_THROW(cache.check(held)) << i;
  }
  EXPECT_GT(cache.tree().size(), 0);
}

}  // namespace
}  // namespace lathe::runtime
