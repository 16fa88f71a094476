// SPDX-License-Identifier: Apache-2.0
// What each phase of a build takes: time, and memory at its highest.
#pragma once

#include <functional>
#include <string_view>

#include "lathe/base/clock.h"
#include "lathe/engine/build_record.h"
#include "lathe/toolchain/memory_use.h"

namespace lathe::toolchain {

// One thread.
class Phases {
 public:
  // The phase before ends.
  void begin(std::string_view name);
  // How many have ended.
  int num_done() const { return static_cast<int>(record_.phases.size()); }
  // The last one ends.
  engine::BuildRecord finish();

 private:
  void end();
  Stopwatch whole_, phase_;
  PeakMemory memory_;
  std::string running_;
  engine::BuildRecord record_;
};

}  // namespace lathe::toolchain
