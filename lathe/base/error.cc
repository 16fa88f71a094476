// SPDX-License-Identifier: Apache-2.0
#include "lathe/base/error.h"

namespace lathe {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid_argument";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kOutOfMemory:
      return "out_of_memory";
    case ErrorCode::kResourceExhausted:
      return "resource_exhausted";
    case ErrorCode::kCorrupt:
      return "corrupt";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kInternal:
      return "internal";
  }
  return "unknown";
}

Error::Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

void Error::add_context(std::string_view context) { message_ = cat(context, ": ", message_); }

namespace internal {
void check_failed(const char* file, int line, const std::string& message) {
  throw Error(ErrorCode::kInternal, cat(message, " (", file, ":", line, ")"));
}
}  // namespace internal
}  // namespace lathe
