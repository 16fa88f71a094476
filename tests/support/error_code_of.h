// SPDX-License-Identifier: Apache-2.0
// The code of an expected Error.
#pragma once

#include <optional>

#include "lathe/base/error.h"

namespace lathe::testing {

// Of the Error that `action` throws; empty where it throws none.
std::optional<ErrorCode> code_of(auto&& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return std::nullopt;
}

}  // namespace lathe::testing
