// SPDX-License-Identifier: Apache-2.0
// For tests of groups of flags: a command that has them and does nothing.
#pragma once

#include <string>
#include <vector>

#include "command.h"
#include "parse_flags.h"

namespace lathe::app {

// What the words make of a group of flags.
template <class Group>
Group parsed_flags(const std::vector<std::string>& words) {
  const Command command{.name = "try",
                        .summary = "",
                        .examples = {},
                        .listing = Listing::kShown,
                        .declare = {},
                        .execute = {}};
  Group group;
  Flags flags;
  group.declare(flags);
  parse_flags(command, flags, words);
  return group;
}

}  // namespace lathe::app
