// SPDX-License-Identifier: Apache-2.0
// The names of an enum whose values are 0, 1, 2, …, written once; `enum_values` and `to_string`
// are read from it.
//
//   constexpr auto kKinds = enum_table<ScatterKind>({"replace", "add"});
#pragma once

#include <array>
#include <span>
#include <string_view>

namespace lathe::ops {

template <class E, size_t N>
struct EnumTable {
  std::array<std::string_view, N> names{};
  std::array<E, N> values{};

  std::string_view name(E value) const {
    const auto index = static_cast<size_t>(value);
    return index < N ? names[index] : "?";
  }
};

template <class E, size_t N>
constexpr EnumTable<E, N> enum_table(const std::string_view (&names)[N]) {
  EnumTable<E, N> table;
  for (size_t i = 0; i < N; ++i) {
    table.names[i] = names[i];
    table.values[i] = static_cast<E>(i);
  }
  return table;
}

}  // namespace lathe::ops
