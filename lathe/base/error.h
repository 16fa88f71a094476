// SPDX-License-Identifier: Apache-2.0
// The one exception type of the library, and the checks that throw it.
//
// Bad input, files, configuration and environment throw `Error` with a message that names the op,
// tensor, file or field, what was expected and what came. Expected outcomes (no free block, kernel
// refuses) are return values, never exceptions. A failed LATHE_CHECK is a bug of ours and throws
// `ErrorCode::kInternal`.
//
//   if (rank != 2) fail(ErrorCode::kInvalidArgument, "matmul: operand has rank ", rank, ", expected
//   2"); LATHE_CHECK(begin <= end, "range reversed", begin, end);
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include "lathe/base/text.h"

namespace lathe {

// Do not change these values: they cross the C ABI.
enum class ErrorCode {
  kInvalidArgument = 1,    // a flag, option or call that can never work
  kNotFound = 2,           // a file, tensor, op or name that does not exist
  kUnsupported = 3,        // well-formed, but not something Lathe does
  kOutOfMemory = 4,        // host or device memory
  kResourceExhausted = 5,  // a limit of the run: tokens, blocks, queue
  kCorrupt = 6,            // bytes that are not what their format promises
  kUnavailable = 7,        // device, driver or library that is missing or lost
  kInternal = 8,           // a bug
};
std::string_view to_string(ErrorCode code);

class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string message);
  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }
  const char* what() const noexcept override { return message_.c_str(); }

  // Puts "`context`: " before the message. For catch-and-rethrow at a boundary that knows the file
  // or the op.
  void add_context(std::string_view context);

 private:
  ErrorCode code_;
  std::string message_;
};

template <class... Parts>
[[noreturn]] void fail(ErrorCode code, const Parts&... parts) {
  throw Error(code, cat(parts...));
}

// Runs `f`; an Error that leaves it gets "`context`: " before its message.
template <class F>
decltype(auto) with_context(std::string_view context, F&& f) {
  try {
    return f();
  } catch (Error& error) {
    error.add_context(context);
    throw;
  }
}

namespace internal {
[[noreturn]] void check_failed(const char* file, int line, const std::string& message);
template <class... Values>
std::string check_message(const char* condition, std::string_view why, const Values&... values) {
  std::string message = cat("check failed: ", condition, ": ", why);
  ((message += " ", append_text(message, values)), ...);
  return message;
}
}  // namespace internal
}  // namespace lathe

#define LATHE_CHECK(condition, ...)                                                               \
  do {                                                                                            \
    if (!(condition)) [[unlikely]]                                                                \
      ::lathe::internal::check_failed(__FILE__, __LINE__,                                         \
                                      ::lathe::internal::check_message(#condition, __VA_ARGS__)); \
  } while (false)

#ifdef LATHE_DEBUG_CHECKS
#define LATHE_DCHECK(condition, ...) LATHE_CHECK(condition, __VA_ARGS__)
#else
#define LATHE_DCHECK(condition, ...) \
  do {                               \
  } while (false)
#endif
