// SPDX-License-Identifier: Apache-2.0
#include "exit_code.h"

#include <cstdio>
#include <new>
#include <string>

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

void print_error(std::string_view message) {
  std::string line = "error: ";
  for (const char letter : message) {
    const bool control = static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f;
    line += control ? ' ' : letter;
  }
  std::fprintf(stderr, "%s\n", line.c_str());
}

ExitCode report_current_exception() {
  try {
    throw;
  } catch (const Error& error) {
    print_error(error.message());
    return exit_code_of(error.code());
  } catch (const std::bad_alloc&) {
    print_error("out of memory");
    return ExitCode::kDevice;
  } catch (const std::exception& error) {
    print_error(cat("internal: ", error.what()));
    return ExitCode::kFailure;
  }
}

}  // namespace lathe::app
