// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/regex/pattern_reader.h"

#include <charconv>
#include <string>

#include "lathe/text/utf8.h"

namespace lathe::text {
namespace {

CodePointSet one(char32_t code) { return {{code, code}}; }

struct NamedEscape {
  char letter;
  char32_t code;
};
constexpr NamedEscape kControls[] = {{'r', '\r'}, {'n', '\n'}, {'t', '\t'}, {'f', '\f'},
                                     {'v', '\v'}, {'a', '\a'}, {'e', 0x1B}};

struct SetEscape {
  char letter;
  CodePointSet (*set)();
};
const SetEscape kSets[] = {
    {'s', [] { return space_set(); }},
    {'S', [] { return space_set().complement(); }},
    {'d', [] { return digit_set(); }},
    {'D', [] { return digit_set().complement(); }},
    {'w', [] { return word_set(); }},
    {'W', [] { return word_set().complement(); }},
    {'h',
     [] {
       return CodePointSet{{'0', '9'}, {'a', 'f'}, {'A', 'F'}};
     }},
};

bool is_ascii_alphanumeric(char32_t code) {
  return (code >= '0' && code <= '9') || (code >= 'a' && code <= 'z') ||
         (code >= 'A' && code <= 'Z');
}

}  // namespace

bool PatternReader::take(std::string_view text) {
  if (pattern_.substr(position_, text.size()) != text) return false;
  position_ += text.size();
  return true;
}

char32_t PatternReader::take_code(std::string_view expected) {
  if (at_end()) refuse(ErrorCode::kCorrupt, "expected ", expected, ", got the end");
  const Utf8Step step = read_utf8(pattern_.substr(position_));
  if (step.kind != Utf8Step::Kind::kCharacter) refuse(ErrorCode::kCorrupt, "not valid UTF-8");
  position_ += step.bytes;
  return step.code;
}

std::string_view PatternReader::take_until(char end) {
  const size_t found = pattern_.find(end, position_);
  if (found == std::string_view::npos) refuse(ErrorCode::kCorrupt, "no closing ", end);
  const std::string_view out = pattern_.substr(position_, found - position_);
  position_ = found + 1;
  return out;
}

// With `digits` 0 they stand in braces.
char32_t PatternReader::take_hex(size_t digits) {
  const std::string_view text = digits == 0 ? take_until('}') : pattern_.substr(position_, digits);
  uint32_t code = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code, 16);
  if (error != std::errc() || end != text.data() + text.size() || text.size() < digits ||
      code > kMaxCodePoint) {
    refuse(ErrorCode::kCorrupt, "expected a hexadecimal code point, got ", quote(text));
  }
  position_ += digits;
  return code;
}

CodePointSet PatternReader::take_escape() {
  const bool negated = peek() == 'P';
  if (take("p{") || take("P{")) {
    std::string_view name = take_until('}');
    const bool inverted = name.starts_with('^');
    if (inverted) name.remove_prefix(1);
    const auto set = category_set(name);
    if (!set) refuse(ErrorCode::kUnsupported, "\\p{", name, "}: expected a general category");
    return negated != inverted ? set->complement() : *set;
  }
  if (take("x{")) return one(take_hex(0));
  if (take("x")) return one(take_hex(2));
  if (take("u")) return one(take_hex(4));
  const char32_t code = take_code("a character after \\");
  for (const NamedEscape& escape : kControls) {
    if (static_cast<char32_t>(escape.letter) == code) return one(escape.code);
  }
  for (const SetEscape& escape : kSets) {
    if (static_cast<char32_t>(escape.letter) == code) return escape.set();
  }
  if (is_ascii_alphanumeric(code)) {
    refuse(ErrorCode::kUnsupported, "\\", static_cast<char>(code), " is not known here");
  }
  return one(code);
}

CodePointSet PatternReader::take_bracket_item() {
  if (take("\\")) return take_escape();
  if (peek() == '[') refuse(ErrorCode::kUnsupported, "[ inside of brackets");
  if (take("&&")) refuse(ErrorCode::kUnsupported, "&& inside of brackets");
  return one(take_code("]"));
}

CodePointSet PatternReader::take_brackets(bool ignore_case) {
  const bool negated = take("^");
  CodePointSet set;
  while (!take("]")) {
    const CodePointSet item = take_bracket_item();
    const bool is_range = peek() == '-' && pattern_.substr(position_, 2) != "-]";
    if (!is_range) {
      set.add(item);
      continue;
    }
    take("-");
    const CodePointSet end = take_bracket_item();
    const auto is_one = [](const CodePointSet& s) {
      return s.ranges().size() == 1 && s.ranges()[0].first == s.ranges()[0].last;
    };
    if (!is_one(item) || !is_one(end) || item.ranges()[0].first > end.ranges()[0].first) {
      refuse(ErrorCode::kCorrupt, "not a range of characters");
    }
    set.add({item.ranges()[0].first, end.ranges()[0].first});
  }
  if (ignore_case) set = fold_case(std::move(set));
  return negated ? set.complement() : set;
}

CodePointSet fold_case(CodePointSet set) {
  constexpr char32_t kLongS = 0x17F;
  constexpr char32_t kKelvin = 0x212A;
  CodePointSet more;
  const auto link = [&](char32_t a, char32_t b) {
    if (set.contains(a)) more.add({b, b});
    if (set.contains(b)) more.add({a, a});
  };
  for (char32_t lower = 'a'; lower <= 'z'; ++lower) link(lower, lower - 'a' + 'A');
  for (const char32_t s : {U's', U'S'}) link(s, kLongS);
  for (const char32_t k : {U'k', U'K'}) link(k, kKelvin);
  set.add(more);
  return set;
}

}  // namespace lathe::text
