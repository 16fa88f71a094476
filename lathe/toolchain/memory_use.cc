// SPDX-License-Identifier: Apache-2.0
#include "lathe/toolchain/memory_use.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

namespace lathe::toolchain {

// Of statm's pages the second number is what is resident, the third what of that has a file.
int64_t anonymous_bytes() {
  std::ifstream file("/proc/self/statm");
  int64_t size = 0, resident = 0, with_file = 0;
  if (!(file >> size >> resident >> with_file)) return 0;
  return (resident - with_file) * ::sysconf(_SC_PAGESIZE);
}

PeakMemory::PeakMemory()
    : watcher_([this](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          look();
          std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
      }) {}

void PeakMemory::look() {
  const int64_t now = anonymous_bytes();
  int64_t most = most_.load();
  while (now > most && !most_.compare_exchange_weak(most, now)) {
  }
}

int64_t PeakMemory::take() {
  look();
  return most_.exchange(0);
}

}  // namespace lathe::toolchain
