// SPDX-License-Identifier: Apache-2.0
// Ctrl-C, and what else asks the program to end, as a question that is asked between steps, while
// one of these lives.
#pragma once

#include <signal.h>

#include <initializer_list>
#include <utility>
#include <vector>

namespace lathe::app {

// What ends a command that a signal told to end, once it has tidied up.
struct Interrupted {
  int signal = SIGINT;
};

// One at a time. System calls that wait return with EINTR. Signals that whoever started the program
// has it ignore stay ignored.
class InterruptWatch {
 public:
  explicit InterruptWatch(std::initializer_list<int> signals = {SIGINT});
  ~InterruptWatch();  // they do again what they did before
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  int signal() const;  // that came last; 0: none
  bool pressed() const { return signal() != 0; }
  void forget();
  // Any thread. Throws Interrupted where a signal came.
  void check() const;

 private:
  std::vector<std::pair<int, struct sigaction>> before_;
};

}  // namespace lathe::app
