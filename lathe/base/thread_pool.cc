// SPDX-License-Identifier: Apache-2.0
// One loop is one generation of the gate. The caller publishes (function, context, tiles), opens
// the gate, works, closes it, and waits for the workers that are inside: one that comes late finds
// the gate closed, so that a parked worker, or one without a core, holds up nobody.
#include "lathe/base/thread_pool.h"

#include <immintrin.h>
#include <time.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "lathe/base/contention.h"
#include "lathe/base/core_use.h"
#include "lathe/base/error.h"

namespace lathe {
namespace {

constexpr int64_t kSpinNs = 100'000;  // before a thread that waits gives up its core

int64_t now_ns() {
  const auto time = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
}

int64_t thread_cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

// True as soon as `done` is, false where it is not within kSpinNs.
template <class Done>
bool spin_until(Done done) {
  constexpr int kPausesPerLook = 64;  // at the clock
  for (const int64_t end = now_ns() + kSpinNs; now_ns() < end;) {
    for (int i = 0; i < kPausesPerLook; ++i) {
      if (done()) return true;
      _mm_pause();
    }
  }
  return done();
}

// Generation, whether it is open, and the number of workers inside, in one word.
class Gate {
 public:
  uint64_t generation() const { return word_.load() / kGeneration; }
  // False where the gate is closed or of another generation.
  bool enter(uint64_t generation) {
    uint64_t word = word_.load(std::memory_order_acquire);
    while (word / kGeneration == generation && (word & kOpen) != 0) {
      if (word_.compare_exchange_weak(word, word + 1, std::memory_order_acq_rel)) return true;
    }
    return false;
  }
  // True for the last one out of a closed gate.
  bool leave() {
    const uint64_t before = word_.fetch_sub(1, std::memory_order_acq_rel);
    return (before & kOpen) == 0 && before % kOpen == 1;
  }
  // REQUIRES: closed and empty.
  void open() { word_.store((generation() + 1) * kGeneration + kOpen); }
  void close() { word_.fetch_and(~kOpen, std::memory_order_acq_rel); }
  bool empty() const { return word_.load(std::memory_order_acquire) % kOpen == 0; }

 private:
  static constexpr uint64_t kOpen = 1 << 16;
  static constexpr uint64_t kGeneration = 2 * kOpen;
  std::atomic<uint64_t> word_{0};
};

}  // namespace

struct ThreadPool::State {
  Gate gate;
  std::atomic<size_t> next_tile{0};
  std::atomic<bool> stopping{false};
  // Of the open generation: written while the gate is closed and empty.
  size_t num_tiles = 0;
  TileFunction function = nullptr;
  void* context = nullptr;

  std::mutex mutex;  // guards parking and `error`
  std::condition_variable wake, all_left;
  std::atomic<int> parked{0};
  std::exception_ptr error;
  Contention contention;  // the caller's
  std::vector<std::thread> workers;

  // Tiles that this thread took.
  size_t drain() {
    size_t taken = 0;
    try {
      for (size_t tile = next_tile.fetch_add(1); tile < num_tiles; tile = next_tile.fetch_add(1)) {
        function(context, tile);
        ++taken;
      }
    } catch (...) {
      next_tile.store(num_tiles);
      const std::lock_guard lock(mutex);
      if (!error) error = std::current_exception();
    }
    return taken;
  }

  void wait_past(uint64_t seen) {
    const auto moved = [&] { return gate.generation() != seen || stopping.load(); };
    if (spin_until(moved)) return;
    std::unique_lock lock(mutex);
    parked.fetch_add(1);
    wake.wait(lock, moved);
    parked.fetch_sub(1);
  }

  void work() {
    uint64_t seen = 0;
    while (true) {
      wait_past(seen);
      if (stopping.load()) return;
      seen = gate.generation();
      if (!gate.enter(seen)) continue;
      drain();
      if (gate.leave()) {
        const std::lock_guard lock(mutex);
        all_left.notify_one();
      }
    }
  }

  void open() {
    gate.open();
    if (parked.load() > 0) {
      const std::lock_guard lock(mutex);
      wake.notify_all();
    }
  }

  // Gives up the core after a while: a worker that lost its own may need it.
  void close() {
    gate.close();
    if (spin_until([&] { return gate.empty(); })) return;
    std::unique_lock lock(mutex);
    all_left.wait(lock, [&] { return gate.empty(); });
  }

  void stop() {
    {
      const std::lock_guard lock(mutex);
      stopping.store(true);
    }
    wake.notify_all();
    for (std::thread& worker : workers) worker.join();
  }

  void run_shared() {
    SharedLoop loop{};
    loop.tiles = static_cast<int64_t>(num_tiles);
    loop.threads = static_cast<int64_t>(workers.size()) + 1;
    loop.begin_ns = now_ns();
    open();
    loop.taken = static_cast<int64_t>(drain());
    loop.drained_ns = now_ns();
    close();
    loop.end_ns = now_ns();
    contention.record(loop, thread_cpu_ns);
  }
};

ThreadPool::ThreadPool(int num_threads) : state_(std::make_unique<State>()) {
  if (num_threads < 0) {
    fail(ErrorCode::kInvalidArgument, "threads: expected 0 or more, got ", num_threads);
  }
  if (num_threads == 0) num_threads = allowed_cores();
  try {
    for (int i = 1; i < num_threads; ++i) {
      state_->workers.emplace_back([state = state_.get()] { state->work(); });
    }
  } catch (const std::system_error& error) {
    const size_t started = state_->workers.size() + 1;
    state_->stop();
    fail(ErrorCode::kUnavailable, "threads: expected to start ", num_threads, ", got ", started,
         ": ", error.code().message());
  }
}

ThreadPool::~ThreadPool() { state_->stop(); }

int ThreadPool::num_threads() const { return static_cast<int>(state_->workers.size()) + 1; }

void ThreadPool::run_tiles(size_t num_tiles, TileFunction function, void* context) {
  State& state = *state_;
  state.num_tiles = num_tiles;
  state.function = function;
  state.context = context;
  state.next_tile.store(0);
  if (num_tiles <= 1 || state.workers.empty() || state.contention.work_alone(now_ns())) {
    state.drain();
  } else {
    state.run_shared();
  }
  if (state.error) std::rethrow_exception(std::exchange(state.error, nullptr));
}

}  // namespace lathe
