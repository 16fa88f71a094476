// SPDX-License-Identifier: Apache-2.0
#include "print.h"

#include <unistd.h>

#include <cstdio>

#include "lathe/base/log.h"

namespace lathe::app {

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void print_json(const Json& value) {
  print(value.dump());
  print("\n");
}

void print_alert(std::string_view line) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

void print_note(std::string_view line) {
  if (log_enabled(LogLevel::kWarn)) print_alert(line);
}

bool output_failed() { return std::ferror(stdout) != 0; }

bool shows_progress() { return isatty(STDERR_FILENO) == 1 && log_enabled(LogLevel::kWarn); }

bool stdout_is_terminal() { return isatty(STDOUT_FILENO) == 1; }
bool stdin_is_terminal() { return isatty(STDIN_FILENO) == 1; }

}  // namespace lathe::app
