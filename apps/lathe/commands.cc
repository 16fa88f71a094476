// SPDX-License-Identifier: Apache-2.0
// Every sub-command: one line each. A runtime-only build leaves out those that compile a network.
#include "commands.h"

namespace lathe::app {

std::vector<Command> all_commands() {
  return {
      inspect_command(),
      devices_command(),
  };
}

}  // namespace lathe::app
