// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/jinja/python_repr.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "lathe/base/text.h"
#include "lathe/text/unicode.h"
#include "lathe/text/utf8.h"

namespace lathe::text::jinja {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

// A character as \xHH, \uHHHH or \UHHHHHHHH.
void append_code(std::string& out, char32_t code) {
  const int digits = code < 0x100 ? 2 : code < 0x10000 ? 4 : 8;
  out.append("\\").append(digits == 2 ? "x" : digits == 4 ? "u" : "U");
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += kHexDigits[code >> shift & 15];
}

bool is_printable(char32_t code) { return code == ' ' || category(code) < Category::kZs; }

std::string string_repr(std::string_view text) {
  const bool doubled = text.find('\'') != text.npos && text.find('"') == text.npos;
  const char delimiter = doubled ? '"' : '\'';
  std::string out(1, delimiter);
  for (const char32_t code : decode_utf8(text)) {
    const char32_t escaped = code == '\n' ? 'n' : code == '\r' ? 'r' : code == '\t' ? 't' : 0;
    if (escaped != 0) {
      out.append("\\").push_back(static_cast<char>(escaped));
    } else if (code == '\\' || code == static_cast<char32_t>(delimiter)) {
      out.append("\\").push_back(static_cast<char>(code));
    } else if (is_printable(code)) {
      append_utf8(out, code);
    } else {
      append_code(out, code);
    }
  }
  return out += delimiter;
}

std::string list_repr(const List& list) {
  std::string out = list.is_tuple ? "(" : "[";
  for (const Value& item : list.items) out.append(out.size() > 1 ? ", " : "").append(to_repr(item));
  if (list.is_tuple && list.items.size() == 1) out += ',';
  return out += list.is_tuple ? ')' : ']';
}

std::string dict_repr(const Dict& dict) {
  std::string out = "{";
  for (const auto& [key, value] : dict.items) {
    out.append(out.size() > 1 ? ", " : "").append(to_repr(key) + ": " + to_repr(value));
  }
  return out += '}';
}

}  // namespace

// The shortest digits that read back the same, in Python's layout.
std::string float_repr(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char buffer[64];
  const double magnitude = std::fabs(value);
  const bool plain = magnitude == 0 || (magnitude >= 1e-4 && magnitude < 1e16);
  const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value, format).ptr;
  std::string out(buffer, end);
  if (plain && out.find('.') == std::string::npos) out += ".0";
  return out;
}

std::string to_repr(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kUndefined:
      return "Undefined";
    case Value::Kind::kNone:
      return "None";
    case Value::Kind::kBool:
      return value.as_bool() ? "True" : "False";
    case Value::Kind::kInteger:
      return cat(value.as_integer());
    case Value::Kind::kFloat:
      return float_repr(value.as_number());
    case Value::Kind::kString:
      return string_repr(value.as_string());
    case Value::Kind::kList:
      return list_repr(value.as_list());
    case Value::Kind::kDict:
      return dict_repr(value.as_dict());
    case Value::Kind::kNamespace:
      return "<Namespace>";
    case Value::Kind::kCallable:
      return "<function " + value.as_callable()->name + ">";
  }
  return {};
}

std::string to_str(const Value& value) {
  if (value.is_string()) return value.as_string();
  return value.is_undefined() ? std::string() : to_repr(value);
}

}  // namespace lathe::text::jinja
