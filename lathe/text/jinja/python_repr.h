// SPDX-License-Identifier: Apache-2.0
// Values as text: Python's str and repr, and JSON as json.dumps writes it. Whoever calls counts the
// work (Runtime::visit) before.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lathe/text/jinja/value.h"

namespace lathe::text::jinja {

std::string to_str(const Value& value);  // "" for undefined
std::string to_repr(const Value& value);
std::string float_repr(double value);

struct JsonStyle {
  std::optional<int64_t> indent = {};  // spaces a level; everything on one line without
  std::string item_separator = ", ";
  std::string key_separator = ": ";
  bool ensure_ascii = false;
  bool sort_keys = false;
};
// Throws kCorrupt for what JSON has no form for.
std::string to_json(const Value& value, const JsonStyle& style);

}  // namespace lathe::text::jinja
