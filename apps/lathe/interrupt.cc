// SPDX-License-Identifier: Apache-2.0
#include "interrupt.h"

namespace lathe::app {

namespace {
// A signal handler has no other way to say anything.
volatile sig_atomic_t was_pressed = 0;  // NOLINT
void on_interrupt(int) { was_pressed = 1; }
}  // namespace

InterruptWatch::InterruptWatch() {
  was_pressed = 0;
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigaction(SIGINT, &action, &before_);
}

InterruptWatch::~InterruptWatch() { sigaction(SIGINT, &before_, nullptr); }
bool InterruptWatch::pressed() const { return was_pressed != 0; }
void InterruptWatch::forget() { was_pressed = 0; }

}  // namespace lathe::app
