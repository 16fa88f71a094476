// SPDX-License-Identifier: Apache-2.0
// From the words of a command line to a finished sub-command and its exit code.
#pragma once

#include <span>
#include <string>

#include "exit_code.h"

namespace lathe::app {

// `words` without the program's name. Never throws.
ExitCode run_command_line(std::span<const std::string> words);

}  // namespace lathe::app
