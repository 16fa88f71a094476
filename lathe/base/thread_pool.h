// SPDX-License-Identifier: Apache-2.0
// A fixed set of threads for one parallel loop at a time. The caller's thread works too.
//
//   ThreadPool pool(4);
//   pool.run(num_tiles, [&](size_t tile) { … });   // returns when all tiles are done
//
// Tiles are handed out one by one from a shared counter, so a slow core delays a loop by at most
// one tile. Workers spin briefly for the next loop, then park; a loop waits only for workers that
// are inside a tile, and while the system keeps taking their cores it goes on without them
// (contention.h). One loop at a time: run() belongs to one thread. The body must not throw; an
// Error that leaves it is kept and rethrown by run() after the loop.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>

namespace lathe {

class ThreadPool {
 public:
  // From 1 on it counts the caller; 0: one an allowed core. kUnavailable: no more can be started.
  explicit ThreadPool(int num_threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int num_threads() const;

  template <class F>
  void run(size_t num_tiles, F&& body) {
    using Body = std::remove_reference_t<F>;
    run_tiles(
        num_tiles, [](void* context, size_t tile) { (*static_cast<Body*>(context))(tile); },
        const_cast<void*>(static_cast<const void*>(&body)));
  }

 private:
  using TileFunction = void (*)(void* context, size_t tile);
  void run_tiles(size_t num_tiles, TileFunction function, void* context);
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lathe
