// SPDX-License-Identifier: Apache-2.0
#include "exit_code.h"

#include <cstdio>
#include <new>
#include <string>

#include "interrupt.h"
#include "lathe/text/utf8.h"

namespace lathe::app {

ExitCode exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return ExitCode::kUsage;
    case ErrorCode::kNotFound:  // inside a checkpoint or engine: paths of flags are checked before
    case ErrorCode::kUnsupported:
    case ErrorCode::kCorrupt:
      return ExitCode::kBadModel;
    case ErrorCode::kOutOfMemory:
    case ErrorCode::kUnavailable:
      return ExitCode::kDevice;
    case ErrorCode::kResourceExhausted:
    case ErrorCode::kInternal:
      return ExitCode::kFailure;
  }
  return ExitCode::kFailure;
}

ExitCode exit_code_of_signal(int signal) { return static_cast<ExitCode>(128 + signal); }

void print_error(std::string_view message) {
  std::string line = "error: ";
  // A message may quote a file's bytes: a terminal gets neither its controls nor broken UTF-8.
  for (const char32_t letter : text::decode_utf8(message)) {
    const bool control = letter < 0x20 || (letter >= 0x7f && letter < 0xa0);
    text::append_utf8(line, control ? U' ' : letter);
  }
  std::fprintf(stderr, "%s\n", line.c_str());
}

ExitCode report_current_exception() {
  try {
    throw;
  } catch (const Error& error) {
    print_error(error.message());
    return exit_code_of(error.code());
  } catch (const Interrupted& interrupted) {
    print_error(cat("ended by signal ", interrupted.signal, "; nothing was written"));
    return exit_code_of_signal(interrupted.signal);
  } catch (const std::bad_alloc&) {
    print_error("out of memory");
    return ExitCode::kDevice;
  } catch (const std::exception& error) {
    print_error(cat("internal: ", error.what()));
    return ExitCode::kFailure;
  }
}

}  // namespace lathe::app
