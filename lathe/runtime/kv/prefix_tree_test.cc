// SPDX-License-Identifier: Apache-2.0
// The tree against a list of all texts that were ever left: what a prompt shares is what the list
// says, its blocks really hold those tokens, and nothing shared is ever written.
#include "lathe/runtime/kv/prefix_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "lathe/runtime/kv/kv_cache.h"

namespace lathe::runtime {
namespace {

constexpr int64_t kBlockSize = 3;

// A sequence as a client sees it, and a cache whose "keys and values" are the tokens themselves.
class Traffic {
 public:
  explicit Traffic(uint32_t seed)
      : random_(seed), cache_({.num_blocks = 40, .block_size = kBlockSize}) {}

  size_t below(size_t n) { return random_() % n; }
  std::vector<int32_t> text() {
    std::vector<int32_t> out;
    for (size_t n = 1 + below(14); n > 0; --n) out.push_back(static_cast<int32_t>(below(2)));
    return out;
  }

  // Opens, computes what is missing, perhaps leaves it to others; `all` live at one time.
  void begin(const std::vector<int32_t>& tokens) {
    KvCache::Opened opened = cache_.open(tokens);
    ASSERT_LT(opened.num_cached, std::ssize(tokens)) << "the last token has to be computed";
    expect_held(opened.table, tokens, opened.num_cached);
    ASSERT_TRUE(cache_.grow(opened.table, std::ssize(tokens)));
    for (int64_t at = opened.num_cached; at < std::ssize(tokens); ++at) {
      slot(opened.table, at) = tokens[static_cast<size_t>(at)];
    }
    cache_.publish(tokens, opened.table);
    live_.push_back({tokens, std::make_unique<BlockTable>(std::move(opened.table))});
  }
  void end(size_t at) {
    expect_held(*live_[at].table, live_[at].tokens, std::ssize(live_[at].tokens));
    if (below(3) != 0) cache_.leave(live_[at].tokens, *live_[at].table);
    live_.erase(live_.begin() + static_cast<ptrdiff_t>(at));
  }
  size_t num_live() const { return live_.size(); }
  KvCache& cache() { return cache_; }
  void expect_all_held() {
    for (const Live& live : live_) expect_held(*live.table, live.tokens, std::ssize(live.tokens));
  }

 private:
  struct Live {
    std::vector<int32_t> tokens;
    std::unique_ptr<BlockTable> table;
  };
  int32_t& slot(const BlockTable& table, int64_t position) {
    const BlockId block = table.ids()[static_cast<size_t>(position / kBlockSize)];
    return memory_[{block, position % kBlockSize}];
  }
  void expect_held(const BlockTable& table, const std::vector<int32_t>& tokens, int64_t count) {
    for (int64_t at = 0; at < count; ++at) {
      ASSERT_EQ(slot(table, at), tokens[static_cast<size_t>(at)]) << "at " << at;
    }
  }

  std::mt19937 random_;
  KvCache cache_;
  std::map<std::pair<BlockId, int64_t>, int32_t> memory_;
  std::vector<Live> live_;
};

TEST(PrefixTreeTraffic, SharedBlocksHoldTheTokensThatTheyPromise) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    Traffic traffic(seed);
    for (int i = 0; i < 400; ++i) {
      if (traffic.num_live() < 5 && traffic.below(2) == 0) {
        ASSERT_NO_FATAL_FAILURE(traffic.begin(traffic.text())) << seed << ", " << i;
      } else if (traffic.num_live() > 0) {
        ASSERT_NO_FATAL_FAILURE(traffic.end(traffic.below(traffic.num_live()))) << seed;
      }
      ASSERT_NO_FATAL_FAILURE(traffic.expect_all_held()) << seed << ", " << i;
    }
  }
}

// With room for all, a prompt finds what it has in common with any text left before: all whole
// blocks, and behind them no more than was there.
TEST(PrefixTreeTraffic, FindsTheLongestBeginningThatWasEverLeft) {
  std::mt19937 random(4);
  KvCache cache({.num_blocks = 4000, .block_size = kBlockSize});
  std::vector<std::vector<int32_t>> left;
  int64_t reused = 0;
  for (int i = 0; i < 300; ++i) {
    std::vector<int32_t> wanted;
    for (size_t n = 1 + random() % 12; n > 0; --n) {
      wanted.push_back(static_cast<int32_t>(random() % 2));
    }
    int64_t most = 0;
    for (const std::vector<int32_t>& known : left) {
      const auto common = std::ranges::mismatch(known, wanted).in1 - known.begin();
      most = std::max<int64_t>(most, std::min(common, std::ssize(wanted) - 1));
    }
    KvCache::Opened opened = cache.open(wanted);
    EXPECT_GE(opened.num_cached, most / kBlockSize * kBlockSize) << i;
    EXPECT_LE(opened.num_cached, most) << i;
    reused += opened.num_cached;
    ASSERT_TRUE(cache.grow(opened.table, std::ssize(wanted)));
    cache.leave(wanted, opened.table);
    left.push_back(wanted);
  }
  EXPECT_GT(reused, 500);
  EXPECT_EQ(cache.num_available(), cache.num_blocks());
}

// Evicting one by one ends with nothing, in an order that leaves every rest usable.
TEST(PrefixTreeTraffic, EvictionTakesLeavesUntilNothingIsLeft) {
  BlockPool pool(100);
  PrefixTree tree(pool, kBlockSize);
  std::mt19937 random(9);
  for (int i = 0; i < 12; ++i) {
    std::vector<int32_t> tokens;
    for (size_t n = 1 + random() % 12; n > 0; --n) {
      tokens.push_back(static_cast<int32_t>(random() % 2));
    }
    BlockTable table(pool);
    for (size_t n = 0; n < (tokens.size() + kBlockSize - 1) / kBlockSize; ++n) {
      table.append_owned(*pool.allocate());
    }
    tree.insert(tokens, table.ids(), PrefixTree::Tail::kKeep);
  }
  const int64_t nodes = tree.size();
  EXPECT_EQ(tree.num_evictable(), nodes);
  for (int64_t rest = nodes; rest > 0; --rest) {
    EXPECT_EQ(tree.num_evictable(), rest);
    EXPECT_TRUE(tree.evict());
    EXPECT_EQ(pool.num_free(), pool.num_blocks() - rest + 1);
  }
  EXPECT_FALSE(tree.evict());
}

}  // namespace
}  // namespace lathe::runtime
