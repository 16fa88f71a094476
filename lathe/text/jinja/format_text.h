// SPDX-License-Identifier: Apache-2.0
// Python's str.format, as far as templates use it: {}, {0}, {name}, {{ and }}, without format
// specifications.
#pragma once

#include <string>
#include <string_view>

#include "lathe/text/jinja/value.h"

namespace lathe::text::jinja {

// Throws kCorrupt.
std::string format_text(std::string_view pattern, const Arguments& arguments);

}  // namespace lathe::text::jinja
