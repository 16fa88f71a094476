// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/jinja/escapes.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "lathe/text/unicode.h"
#include "lathe/text/utf8.h"

namespace lathe::text::jinja {
namespace {

struct Simple {
  char letter;
  std::string_view value;
};
constexpr Simple kSimple[] = {{'n', "\n"}, {'t', "\t"}, {'r', "\r"}, {'\\', "\\"},
                              {'\'', "'"}, {'"', "\""}, {'a', "\a"}, {'b', "\b"},
                              {'f', "\f"}, {'v', "\v"}, {'\n', ""}};

struct Coded {
  char letter;
  size_t digits;
};
constexpr Coded kCoded[] = {{'x', 2}, {'u', 4}, {'U', 8}};

void append_code(std::string& out, uint32_t code) {
  const bool is_character = code <= kMaxCodePoint && (code < 0xD800 || code > 0xDFFF);
  append_utf8(out, is_character ? static_cast<char32_t>(code) : kReplacement);
}

// Reads one escape after its backslash; returns its bytes, 0 for an unknown one.
size_t read_escape(std::string_view text, std::string& out) {
  for (const Simple& escape : kSimple) {
    if (escape.letter != text[0]) continue;
    out += escape.value;
    return 1;
  }
  uint32_t code = 0;
  for (const Coded& escape : kCoded) {
    if (escape.letter != text[0]) continue;
    const std::string_view digits = text.substr(1, escape.digits);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (error != std::errc() || end != digits.data() + escape.digits) return 0;
    append_code(out, code);
    return 1 + escape.digits;
  }
  const std::string_view octal = text.substr(0, 3);
  const auto [end, error] = std::from_chars(octal.data(), octal.data() + octal.size(), code, 8);
  if (error != std::errc() || octal[0] == '-') return 0;
  append_code(out, code);
  return static_cast<size_t>(end - octal.data());
}

}  // namespace

std::string replace_escapes(std::string_view literal) {
  std::string out;
  while (!literal.empty()) {
    const size_t plain = std::min(literal.find('\\'), literal.size());
    out.append(literal.substr(0, plain));
    literal.remove_prefix(plain);
    if (literal.empty()) break;
    const size_t used = literal.size() > 1 ? read_escape(literal.substr(1), out) : 0;
    if (used == 0) out += '\\';
    literal.remove_prefix(1 + used);
  }
  return out;
}

}  // namespace lathe::text::jinja
