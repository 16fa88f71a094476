// SPDX-License-Identifier: Apache-2.0
// What a loop promises: every tile once, on at most num_threads() threads, all done when run()
// returns, and an error that ends that loop alone.
#include "lathe/base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <numeric>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "lathe/base/core_use.h"
#include "tests/support/temp_dir.h"

namespace lathe {
namespace {

using testing::error_of;

class ThreadPoolOf : public ::testing::TestWithParam<int> {};

TEST_P(ThreadPoolOf, RunsEveryTileOnce) {
  ThreadPool pool(GetParam());
  std::mt19937 random(8);
  for (int loop = 0; loop < 200; ++loop) {
    const size_t tiles = loop < 10 ? static_cast<size_t>(loop) : random() % 300;
    std::vector<std::atomic<int>> seen(tiles);
    pool.run(tiles, [&](size_t tile) { ++seen.at(tile); });
    for (size_t tile = 0; tile < tiles; ++tile) ASSERT_EQ(seen[tile].load(), 1) << tile;
  }
}

TEST_P(ThreadPoolOf, PlainWritesAreVisibleAfterTheLoop) {
  ThreadPool pool(GetParam());
  std::vector<int> squares(1000);
  for (int loop = 1; loop < 50; ++loop) {
    pool.run(squares.size(), [&](size_t i) { squares[i] = static_cast<int>(i) * loop; });
    ASSERT_EQ(std::accumulate(squares.begin(), squares.end(), 0), 499'500 * loop);
  }
}

TEST_P(ThreadPoolOf, UsesNoMoreThreadsThanItSays) {
  ThreadPool pool(GetParam());
  EXPECT_EQ(pool.num_threads(), GetParam());
  std::mutex mutex;
  std::set<std::thread::id> ids;
  for (int loop = 0; loop < 20; ++loop) {
    pool.run(64, [&](size_t) {
      const std::lock_guard lock(mutex);
      ids.insert(std::this_thread::get_id());
    });
  }
  EXPECT_LE(ids.size(), static_cast<size_t>(GetParam()));
}

TEST_P(ThreadPoolOf, AnErrorEndsItsLoopAndNoOther) {
  ThreadPool pool(GetParam());
  for (int loop = 0; loop < 50; ++loop) {
    EXPECT_EQ(error_of([&] {
                pool.run(100, [](size_t tile) {
                  if (tile == 17) fail(ErrorCode::kCorrupt, "tile ", tile);
                });
              }),
              "tile 17");
    std::atomic<size_t> sum{0};
    pool.run(100, [&](size_t tile) { sum += tile; });
    ASSERT_EQ(sum.load(), 4950U);
  }
}

TEST_P(ThreadPoolOf, AfterAnErrorTilesThatNobodyTookAreLeft) {
  ThreadPool pool(GetParam());
  std::atomic<int> ran{0};
  EXPECT_THROW(pool.run(1'000'000,
                        [&](size_t) {
                          ++ran;
                          fail(ErrorCode::kInternal, "stop");
                        }),
               Error);
  EXPECT_LE(ran.load(), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Threads, ThreadPoolOf, ::testing::Values(1, 2, 3, 8));

TEST(ThreadPoolSizes, ZeroMeansOneACoreAndLessIsRefused) {
  EXPECT_EQ(ThreadPool(0).num_threads(), allowed_cores());
  EXPECT_EQ(error_of([] { ThreadPool pool(-1); }), "threads: expected 0 or more, got -1");
}

TEST(ThreadPoolSizes, ALoopOfOneTileStaysWithItsCaller) {
  ThreadPool pool(4);
  for (int loop = 0; loop < 100; ++loop) {
    std::thread::id id;
    pool.run(1, [&](size_t) { id = std::this_thread::get_id(); });
    ASSERT_EQ(id, std::this_thread::get_id());
  }
}

TEST(ThreadPoolUse, PoolsOfDifferentThreadsDoNotMeet) {
  const auto work = [](size_t factor) {
    ThreadPool pool(2);
    for (int loop = 0; loop < 100; ++loop) {
      std::atomic<size_t> sum{0};
      pool.run(50, [&](size_t tile) { sum += tile * factor; });
      if (sum.load() != 1225 * factor) return false;
    }
    return true;
  };
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (size_t i = 1; i <= 3; ++i) threads.emplace_back([&, i] { right += work(i) ? 1 : 0; });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right.load(), 3);
}

TEST(ThreadPoolUse, ALoopMayRunAnotherPoolsLoop) {
  ThreadPool outer(2);
  std::atomic<size_t> sum{0};
  outer.run(4, [&](size_t) {
    ThreadPool inner(2);
    inner.run(10, [&](size_t tile) { sum += tile; });
  });
  EXPECT_EQ(sum.load(), 180U);
}

TEST(ThreadPoolUse, APoolThatNeverRanEnds) {
  for (int i = 0; i < 50; ++i) ThreadPool pool(3);
}

TEST(ThreadPoolUse, TheBodyIsNotCopied) {
  struct Body {
    std::atomic<int> calls{0};
    Body() = default;
    Body(const Body&) = delete;
    void operator()(size_t) { ++calls; }
  } body;
  ThreadPool pool(2);
  pool.run(9, body);
  EXPECT_EQ(body.calls.load(), 9);
}

}  // namespace
}  // namespace lathe
