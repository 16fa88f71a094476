// SPDX-License-Identifier: Apache-2.0
// Loops that take some cores while a benchmark runs: what it does on a machine that is not its own.
// They are this process's, so that they don't count as others' use (lathe/base/core_use.h).
#pragma once

#include <atomic>
#include <thread>
#include <vector>

namespace lathe::app {

class BusyCores {
 public:
  // The first `count` of the cores that this process may use, each a loop of its own; all of them
  // where it has fewer.
  explicit BusyCores(int count);
  ~BusyCores();
  BusyCores(const BusyCores&) = delete;
  BusyCores& operator=(const BusyCores&) = delete;

  int count() const { return static_cast<int>(loops_.size()); }

 private:
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> loops_;
};

}  // namespace lathe::app
