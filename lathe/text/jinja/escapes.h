// SPDX-License-Identifier: Apache-2.0
// Backslash escapes of Python's string literals.
#pragma once

#include <string>
#include <string_view>

namespace lathe::text::jinja {

// \n \t \\ \' \xHH \uHHHH \UHHHHHHHH \ooo and the like; an unknown escape stays as it is written.
std::string replace_escapes(std::string_view literal);

}  // namespace lathe::text::jinja
