// SPDX-License-Identifier: Apache-2.0
// How a fuzzer complains: it ends the process. A LATHE_CHECK would throw the very Error that the
// fuzzer catches, and come out as "another error than promised".
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string_view>

#include "lathe/base/error.h"

namespace lathe::testing {

// Says which promise was broken, with the values, unless it `holds`.
template <class... Values>
void must_hold(bool holds, std::string_view promise, const Values&... values) {
  if (holds) return;
  const std::string text = cat("broken promise: ", promise, cat(" ", values)..., "\n");
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::abort();
}

// Bad bytes are refused with one of these codes.
inline void must_be_promised(const Error& error, std::initializer_list<ErrorCode> promised) {
  must_hold(std::ranges::find(promised, error.code()) != promised.end(),
            "another error than promised:", to_string(error.code()), error.message());
}

}  // namespace lathe::testing
