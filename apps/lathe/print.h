// SPDX-License-Identifier: Apache-2.0
// Results go to stdout; everything else goes to stderr.
#pragma once

#include <string_view>

#include "lathe/base/json.h"

namespace lathe::app {

void print(std::string_view text);        // as it is
void print_json(const Json& value);       // one line
void print_note(std::string_view line);   // a line on stderr, but with --log-level error
void print_alert(std::string_view line);  // a line on stderr whatever the level

// Whether something printed could not be written: whoever prints for long need not go on.
bool output_failed();

// Whether bars and counters are wanted: on a terminal, but not with --log-level error.
bool shows_progress();

bool stdout_is_terminal();
bool stdin_is_terminal();

}  // namespace lathe::app
