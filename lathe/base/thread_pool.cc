// SPDX-License-Identifier: Apache-2.0
// One loop is one generation number. The caller publishes (function, context, tiles) and then the
// generation; a worker joins a loop only while `open_` counts it in, so that no worker of a
// finished loop can touch the next.
#include "lathe/base/thread_pool.h"

#include <immintrin.h>

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "lathe/base/error.h"

namespace lathe {
namespace {
constexpr int kSpins = 4000;  // some 50 µs of _mm_pause
}

struct ThreadPool::State {
  std::atomic<uint64_t> generation{0};
  std::atomic<size_t> next_tile{0};
  std::atomic<int> working{0};  // workers that have not left the current generation
  std::atomic<bool> stopping{false};
  size_t num_tiles = 0;
  TileFunction function = nullptr;
  void* context = nullptr;

  std::mutex mutex;  // guards parking and `error`
  std::condition_variable wake;
  std::atomic<int> parked{0};
  std::exception_ptr error;
  std::vector<std::thread> workers;

  void drain() {
    try {
      for (size_t tile = next_tile.fetch_add(1); tile < num_tiles; tile = next_tile.fetch_add(1)) {
        function(context, tile);
      }
    } catch (...) {
      next_tile.store(num_tiles);
      const std::lock_guard lock(mutex);
      if (!error) error = std::current_exception();
    }
  }

  void wait_past(uint64_t seen) {
    for (int spin = 0; spin < kSpins; ++spin) {
      if (generation.load(std::memory_order_acquire) != seen) return;
      _mm_pause();
    }
    std::unique_lock lock(mutex);
    parked.fetch_add(1);
    wake.wait(lock, [&] { return generation.load() != seen; });
    parked.fetch_sub(1);
  }

  void work() {
    uint64_t seen = 0;
    while (true) {
      wait_past(seen);
      ++seen;
      if (stopping.load()) return;
      drain();
      working.fetch_sub(1, std::memory_order_release);
    }
  }

  void publish() {
    generation.fetch_add(1);
    if (parked.load() > 0) {
      const std::lock_guard lock(mutex);
      wake.notify_all();
    }
  }
};

ThreadPool::ThreadPool(int num_threads) : state_(std::make_unique<State>()) {
  if (num_threads < 0) {
    fail(ErrorCode::kInvalidArgument, "threads: expected 0 or more, got ", num_threads);
  }
  if (num_threads == 0) num_threads = static_cast<int>(std::thread::hardware_concurrency());
  for (int i = 1; i < num_threads; ++i) {
    state_->workers.emplace_back([state = state_.get()] { state->work(); });
  }
}

ThreadPool::~ThreadPool() {
  state_->stopping.store(true);
  {
    const std::lock_guard lock(state_->mutex);
    state_->generation.fetch_add(1);
  }
  state_->wake.notify_all();
  for (std::thread& worker : state_->workers) worker.join();
}

int ThreadPool::num_threads() const { return static_cast<int>(state_->workers.size()) + 1; }

void ThreadPool::run_tiles(size_t num_tiles, TileFunction function, void* context) {
  State& state = *state_;
  state.num_tiles = num_tiles;
  state.function = function;
  state.context = context;
  state.next_tile.store(0);
  const bool alone = num_tiles <= 1 || state.workers.empty();
  if (!alone) {
    state.working.store(static_cast<int>(state.workers.size()));
    state.publish();
  }
  state.drain();
  if (!alone) {
    for (int spin = 0; state.working.load(std::memory_order_acquire) != 0; ++spin) {
      if (spin < kSpins) {
        _mm_pause();
      } else {
        std::this_thread::yield();
      }
    }
  }
  if (state.error) std::rethrow_exception(std::exchange(state.error, nullptr));
}

}  // namespace lathe
