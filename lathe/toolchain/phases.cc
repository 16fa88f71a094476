// SPDX-License-Identifier: Apache-2.0
#include "lathe/toolchain/phases.h"

#include <algorithm>
#include <utility>

namespace lathe::toolchain {

void Phases::end() {
  if (running_.empty()) return;
  engine::BuildPhase done{.name = std::exchange(running_, {}),
                          .seconds = phase_.seconds(),
                          .peak_bytes = memory_.take()};
  record_.peak_bytes = std::max(record_.peak_bytes, done.peak_bytes);
  record_.phases.push_back(std::move(done));
}

void Phases::begin(std::string_view name) {
  end();
  running_ = name;
  phase_ = {};
}

engine::BuildRecord Phases::finish() {
  end();
  record_.seconds = whole_.seconds();
  return record_;
}

}  // namespace lathe::toolchain
