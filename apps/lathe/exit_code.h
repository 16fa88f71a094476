// SPDX-License-Identifier: Apache-2.0
// The command's exit codes, and the one place where errors become them.
#pragma once

#include <string_view>

#include "lathe/base/error.h"

namespace lathe::app {

// Do not change these values: scripts rely on them.
enum class ExitCode {
  kOk = 0,
  kFailure = 1,   // prompt too long, a found difference, internal
  kUsage = 2,     // flags, a path that does not exist
  kBadModel = 3,  // bad or unsupported checkpoint, tokenizer, template, engine
  kDevice = 4,    // device or memory
};

ExitCode exit_code_of(ErrorCode code);

// Prints "error: …" as one line on stderr and returns the exit code. Call it inside a catch block.
ExitCode report_current_exception();

// "error: `message`" as one line on stderr, control bytes escaped.
void print_error(std::string_view message);

}  // namespace lathe::app
