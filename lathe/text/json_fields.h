// SPDX-License-Identifier: Apache-2.0
// Fields of a tokenizer's JSON that may be absent or null, and parts that come as {"type": …}.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lathe/base/error.h"
#include "lathe/base/json.h"

namespace lathe::text {

// with_context for loops over many thousands of items: the context is only written down where it is
// needed. `describe` returns it.
template <class Describe, class F>
decltype(auto) with_item_context(Describe describe, F f) {
  try {
    return f();
  } catch (Error& error) {
    error.add_context(describe());
    throw;
  }
}

// A null that a reference can name.
inline const Json& field_or_null(const Json& object, std::string_view key) {
  static const Json null;
  const Json* found = object.find(key);
  return found == nullptr ? null : *found;
}

inline bool bool_field(const Json& object, std::string_view key, bool otherwise) {
  const Json& field = field_or_null(object, key);
  return field.is_null() ? otherwise : with_context(key, [&] { return field.as_bool(); });
}

inline const std::string& text_field(const Json& object, std::string_view key) {
  return with_context(key, [&]() -> const std::string& { return object.at(key).as_string(); });
}

inline std::string text_field(const Json& object, std::string_view key,
                              std::string_view otherwise) {
  return field_or_null(object, key).is_null() ? std::string(otherwise) : text_field(object, key);
}

// The components of a "Sequence", whose list is called `list`, the component itself otherwise, none
// for null. Sequences within are opened too.
inline std::vector<const Json*> components(const Json& json, std::string_view list) {
  if (json.is_null()) return {};
  if (text_field(json, "type") != "Sequence") return {&json};
  std::vector<const Json*> out;
  for (const Json& item : json.at(list).as_array()) {
    for (const Json* component : components(item, list)) out.push_back(component);
  }
  return out;
}

// The row of a table {name, …} that the component's type names. Throws kUnsupported.
template <class Table>
const auto& row_of_type(const Table& table, const Json& component) {
  const std::string& type = text_field(component, "type");
  for (const auto& row : table) {
    if (row.name == type) return row;
  }
  std::vector<std::string> known;
  for (const auto& row : table) known.emplace_back(row.name);
  fail(ErrorCode::kUnsupported, "type ", quote(type), " is not known, expected one of ",
       join(known, ", "));
}

}  // namespace lathe::text
