// SPDX-License-Identifier: Apache-2.0
// The words of a command line, read into flags. CLI11 stays behind this file.
#pragma once

#include <string>
#include <vector>

#include "command.h"

namespace lathe::app {

enum class Parsed : uint8_t { kRun, kHelpPrinted };

// `words` follow the sub-command's name. Sets the fields of `flags`, and those that are absent from
// the environment; prints the help where it is asked for. Throws kInvalidArgument.
Parsed parse_flags(const Command& command, const Flags& flags,
                   const std::vector<std::string>& words);

}  // namespace lathe::app
