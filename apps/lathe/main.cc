// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "command_line.h"

namespace {

// A standard stream that the caller closed would be the next file that is opened, and results would
// go there. What stands in for it cannot be read or written: the end of a command says so.
void keep_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) < 0) (void)open("/dev/null", stream == 0 ? O_WRONLY : O_RDONLY);
  }
}

}  // namespace

int main(int argc, char** argv) {
  keep_standard_streams();
  const std::vector<std::string> words(argv + 1, argv + argc);
  return static_cast<int>(lathe::app::run_command_line(words));
}
