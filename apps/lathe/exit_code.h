// SPDX-License-Identifier: Apache-2.0
// The command's exit codes, and the one place where errors become them.
#pragma once

#include <string_view>

#include "lathe/base/error.h"

namespace lathe::app {

// Do not change these values: scripts rely on them.
enum class ExitCode {
  kOk = 0,
  kFailure = 1,  // prompt too long, a found difference, internal
  kUsage = 2,    // flags, a path that does not exist
  // Bad or unsupported checkpoint, tokenizer, template, engine: damaged device code among it, which
  // the hash of its file tells before any device is asked.
  kBadModel = 3,
  // Device or memory: device code among it that is as it was built, and that the driver refuses.
  kDevice = 4,
};

// What shells say of a program that a signal ended: 130 for Ctrl-C, 143 for SIGTERM.
ExitCode exit_code_of_signal(int signal);

ExitCode exit_code_of(ErrorCode code);

// Prints "error: …" as one line on stderr and returns the exit code. Call it inside a catch block:
// of an Error, an Interrupted or any std::exception.
ExitCode report_current_exception();

// "error: `message`" as one line on stderr, control bytes escaped.
void print_error(std::string_view message);

}  // namespace lathe::app
