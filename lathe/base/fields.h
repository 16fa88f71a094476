// SPDX-License-Identifier: Apache-2.0
// One list of fields per options struct; JSON, text and equality of such structs are derived from
// it.
//
//   struct RmsNorm {
//     float eps = 1e-5f;
//     template <class V> static void fields(V&& v) { v("eps", &RmsNorm::eps); }
//   };
//   Json j = to_json(RmsNorm{.eps = 1e-6f});   RmsNorm back = from_json<RmsNorm>(j);
//
// Field types: bool, integers, floats, std::string, enums with `to_string` and `enum_values`,
// nested structs with fields, Json, std::optional and std::vector of these. A missing, unknown or
// repeated field is an error that names it.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "lathe/base/error.h"
#include "lathe/base/json.h"

namespace lathe {

template <class T>
concept HasFields = requires {
  T::fields([](const char*, auto) {});
};

// Enums take part through an ADL function `std::span<const E> enum_values(E)` and `to_string(E)`.
template <class T>
concept NamedEnum = std::is_enum_v<T> && requires(T value) {
  enum_values(value);
  to_string(value);
};

template <HasFields T>
Json to_json(const T& value);

inline Json to_json(const Json& value) { return value; }
inline Json to_json(bool value) { return value; }
inline Json to_json(const std::string& value) { return value; }
template <std::integral T>
Json to_json(T value) {
  return static_cast<int64_t>(value);
}
inline Json to_json(double value) { return value; }
inline Json to_json(float value) { return shortest_double(value); }
template <NamedEnum T>
Json to_json(T value) {
  return std::string(to_string(value));
}
template <class T>
Json to_json(const std::optional<T>& value) {
  return value ? to_json(*value) : Json();
}
template <class T>
Json to_json(const std::vector<T>& values) {
  Json out = Json::array();
  for (const T& value : values) out.push_back(to_json(value));
  return out;
}
template <HasFields T>
Json to_json(const T& value) {
  Json out = Json::object();
  T::fields([&](const char* name, auto member) { out[name] = to_json(value.*member); });
  return out;
}

template <HasFields T>
void read_json(const Json& json, T& out);

inline void read_json(const Json& json, Json& out) { out = json; }
inline void read_json(const Json& json, bool& out) { out = json.as_bool(); }
inline void read_json(const Json& json, std::string& out) { out = json.as_string(); }
template <std::integral T>
void read_json(const Json& json, T& out) {
  const int64_t value = json.as_integer();
  out = static_cast<T>(value);
  if (!std::in_range<T>(value)) fail(ErrorCode::kCorrupt, "integer ", value, " is out of range");
}
template <std::floating_point T>
void read_json(const Json& json, T& out) {
  out = static_cast<T>(json.as_number());
}
template <NamedEnum T>
void read_json(const Json& json, T& out) {
  std::string names;
  for (const T value : enum_values(T{})) {
    if (to_string(value) == json.as_string()) {
      out = value;
      return;
    }
    names += cat(names.empty() ? "" : ", ", to_string(value));
  }
  fail(ErrorCode::kCorrupt, "expected one of ", names, ", got ", quote(json.as_string()));
}
template <class T>
void read_json(const Json& json, std::optional<T>& out) {
  out.reset();
  if (!json.is_null()) read_json(json, out.emplace());
}
template <class T>
void read_json(const Json& json, std::vector<T>& out) {
  out.clear();
  for (const Json& item : json.as_array()) read_json(item, out.emplace_back());
}
template <HasFields T>
void read_json(const Json& json, T& out) {
  size_t known = 0;
  T::fields([&](const char* name, auto member) {
    with_context(name, [&] { read_json(json.at(name), out.*member); });
    ++known;
  });
  if (json.as_object().size() == known) return;
  for (const Json::Member& member : json.as_object()) {
    bool found = false;
    T::fields([&](const char* name, auto) { found = found || member.first == name; });
    if (!found) fail(ErrorCode::kCorrupt, "unknown field ", quote(member.first));
  }
  fail(ErrorCode::kCorrupt, "a field is given twice");
}

// Throws kCorrupt with the path of the field that is missing, unknown or of the wrong kind.
template <class T>
T from_json(const Json& json) {
  T out{};
  read_json(json, out);
  return out;
}

}  // namespace lathe
