// SPDX-License-Identifier: Apache-2.0
// Ctrl-C as a question that is asked between steps, while one of these lives.
#pragma once

#include <signal.h>

namespace lathe::app {

// One at a time. System calls that wait return with EINTR.
class InterruptWatch {
 public:
  InterruptWatch();
  ~InterruptWatch();  // Ctrl-C ends the program again
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  bool pressed() const;
  void forget();

 private:
  struct sigaction before_ {};
};

}  // namespace lathe::app
