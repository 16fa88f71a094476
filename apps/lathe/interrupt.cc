// SPDX-License-Identifier: Apache-2.0
#include "interrupt.h"

#include <atomic>

namespace lathe::app {

namespace {
// A signal handler has no other way to say anything.
std::atomic<int> last_signal{0};  // NOLINT
static_assert(std::atomic<int>::is_always_lock_free, "a handler may not lock");
void on_signal(int number) { last_signal = number; }
}  // namespace

InterruptWatch::InterruptWatch(std::initializer_list<int> signals) {
  forget();
  for (const int number : signals) {
    struct sigaction before {};
    sigaction(number, nullptr, &before);
    if (before.sa_handler == SIG_IGN) continue;
    struct sigaction action {};
    action.sa_handler = on_signal;
    sigaction(number, &action, nullptr);
    before_.emplace_back(number, before);
  }
}

InterruptWatch::~InterruptWatch() {
  for (const auto& [number, before] : before_) sigaction(number, &before, nullptr);
}

int InterruptWatch::signal() const { return last_signal; }
void InterruptWatch::forget() { last_signal = 0; }

void InterruptWatch::check() const {
  if (pressed()) throw Interrupted{signal()};
}

}  // namespace lathe::app
