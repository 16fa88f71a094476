// SPDX-License-Identifier: Apache-2.0
// Errors of the library about what a flag said become the flag's: kInvalidArgument with its name.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "flags.h"
#include "lathe/base/json.h"

namespace lathe::app {

// Runs `f`; every Error that leaves it becomes "`flag`: …".
template <class F>
decltype(auto) blame_flag(std::string_view flag, F&& f) {
  try {
    return f();
  } catch (const Error& error) {
    fail(ErrorCode::kInvalidArgument, flag, ": ", error.message());
  }
}

// "top_p" -> "--top-p".
std::string flag_of_field(std::string_view field);

// Runs `f`; a kInvalidArgument "top_p: expected …" that leaves it becomes "--top-p: expected …",
// where the options struct O has such a field.
template <class O, class F>
decltype(auto) blame_flags_of(F&& f) {
  try {
    return f();
  } catch (const Error& error) {
    const std::string field = error.message().substr(0, error.message().find(':'));
    bool known = false;
    O::fields([&](const char* name, auto) { known = known || field == name; });
    if (!known || error.code() != ErrorCode::kInvalidArgument) throw;
    fail(error.code(), flag_of_field(field), error.message().substr(field.size()));
  }
}

// Throws kInvalidArgument, with the flag's name, for an id that the vocabulary does not have.
void check_token_ids(std::string_view flag, std::span<const int32_t> ids, int64_t vocab);

// The JSON file that a flag names.
Json read_json_file(std::string_view flag, const ExistingFile& path);

}  // namespace lathe::app
