// SPDX-License-Identifier: Apache-2.0
// Results go to stdout; everything else goes to stderr.
#pragma once

#include <string_view>

#include "lathe/base/json.h"

namespace lathe::app {

void print(std::string_view text);       // as it is
void print_json(const Json& value);      // one line
void print_note(std::string_view line);  // a line on stderr

bool stdout_is_terminal();
bool stderr_is_terminal();
bool stdin_is_terminal();

}  // namespace lathe::app
