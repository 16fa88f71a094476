// SPDX-License-Identifier: Apache-2.0
// A JSON value as a page that a browser shows without anything else.
#pragma once

#include <string>
#include <string_view>

#include "lathe/base/json.h"

namespace lathe::app {

// Objects become tables of names and values, arrays of objects tables with a column a name, arrays
// of scalars one line. Every text is escaped.
std::string json_page(std::string_view title, const Json& value);

}  // namespace lathe::app
