// SPDX-License-Identifier: Apache-2.0
// How much memory of its own this process holds.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

namespace lathe::toolchain {

// RssAnon: resident and not backed by a file. 0 where the system does not say.
int64_t anonymous_bytes();

// Looks every other millisecond, on a thread of its own, as long as it lives.
class PeakMemory {
 public:
  PeakMemory();
  PeakMemory(const PeakMemory&) = delete;
  PeakMemory& operator=(const PeakMemory&) = delete;

  // The most since it was asked before, or was made.
  int64_t take();

 private:
  void look();
  std::atomic<int64_t> most_{0};
  std::jthread watcher_;
};

}  // namespace lathe::toolchain
