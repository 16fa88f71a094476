// SPDX-License-Identifier: Apache-2.0
#include "print.h"

#include <unistd.h>

#include <cstdio>

namespace lathe::app {

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void print_json(const Json& value) {
  print(value.dump());
  print("\n");
}

void print_note(std::string_view line) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

bool stdout_is_terminal() { return isatty(STDOUT_FILENO) == 1; }
bool stderr_is_terminal() { return isatty(STDERR_FILENO) == 1; }
bool stdin_is_terminal() { return isatty(STDIN_FILENO) == 1; }

}  // namespace lathe::app
