// SPDX-License-Identifier: Apache-2.0
// Monotonic time for measurements and deadlines; a parameter wherever a test must control it.
#pragma once

#include <chrono>

namespace lathe {

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  double ms() const { return seconds() * 1e3; }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace lathe
