// SPDX-License-Identifier: Apache-2.0
// Filters from text to text.
#include <algorithm>
#include <array>

#include "lathe/text/jinja/filters.h"
#include "lathe/text/jinja/python_repr.h"
#include "lathe/text/jinja/python_text.h"
#include "lathe/text/utf8.h"

namespace lathe::text::jinja {
namespace {

std::string subject_text(const Call& call) { return soft_text(call.subject); }

std::string spaces(Runtime& runtime, int64_t count) {
  const auto size = static_cast<size_t>(std::max<int64_t>(count, 0));
  runtime.charge(size);  // before the memory is taken
  return std::string(size, ' ');
}

template <std::string (*kChange)(std::string_view)>
Value changed(const Call& call) {
  return call.runtime.text(kChange(subject_text(call)));
}

Value trim(const Call& call) {
  const std::u32string characters =
      call.has(0) && !call.at(0).is_none() ? decode_utf8(call.at(0).as_string()) : U"";
  return call.runtime.text(std::string(strip(subject_text(call), Side::kBoth, characters)));
}

// What replacing all of `from` may give, counted before the memory is taken.
void charge_replacement(const Call& call, const std::string& text, const std::string& from,
                        const std::string& to) {
  const size_t most = from.empty() ? text.size() + 1 : text.size() / from.size();
  call.runtime.charge(most * to.size() / 8);
}

Value replace(const Call& call) {
  const std::string text = subject_text(call);
  const std::string from = soft_text(call.at(0));
  const std::string to = soft_text(call.at(1));
  charge_replacement(call, text, from, to);
  const int64_t count = call.has(2) && !call.at(2).is_none() ? call.at(2).as_integer() : -1;
  return call.runtime.text(replace_all(text, from, to, count));
}

Value to_string_value(const Call& call) { return call.runtime.text(subject_text(call)); }

// Lines begin with `width` spaces (or that text): the first and, behind it, blank ones only if
// asked.
Value indent(const Call& call) {
  const std::string prefix = call.has(0) && call.at(0).is_string()
                                 ? call.at(0).as_string()
                                 : spaces(call.runtime, call.integer(0, 4));
  const bool first = call.flag(1, false);
  const bool blank = call.flag(2, false);
  std::string out;
  const std::vector<std::string> lines = split_lines(subject_text(call) + "\n");
  call.runtime.charge(lines.size() * prefix.size());
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) out += '\n';
    if (i == 0 ? first : blank || !lines[i].empty()) out += prefix;
    out += lines[i];
  }
  return call.runtime.text(std::move(out));
}

Value escape(const Call& call) {
  struct Entity {
    char byte;
    std::string_view text;
  };
  static constexpr std::array<Entity, 5> kEntities = {
      {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&#34;"}, {'\'', "&#39;"}}};
  std::string out;
  for (const char byte : subject_text(call)) {
    std::string_view text(&byte, 1);
    for (const Entity& entity : kEntities) {
      if (entity.byte == byte) text = entity.text;
    }
    out += text;
  }
  return call.runtime.text(std::move(out));
}

Value center(const Call& call) {
  const std::string text = subject_text(call);
  const int64_t missing = std::max<int64_t>(call.integer(0, 80) - num_characters(text), 0);
  // Python puts the odd space left where the width is odd.
  const int64_t left = missing / 2 + (missing & call.integer(0, 80) & 1);
  return call.runtime.text(spaces(call.runtime, left) + text +
                           spaces(call.runtime, missing - left));
}

// \w+ of Python's re.
bool is_word(char32_t code) {
  return category(code) <= Category::kLo || numeric_set().contains(code) || code == '_';
}

Value wordcount(const Call& call) {
  int64_t count = 0;
  bool inside = false;
  for (const char32_t code : decode_utf8(subject_text(call))) {
    count += !inside && is_word(code) ? 1 : 0;
    inside = is_word(code);
  }
  return Value(count);
}

// Not str.title: for Jinja words begin behind spaces and - ( { [ < alone, so that it's is It's.
Value title(const Call& call) {
  static constexpr std::u32string_view kBefore = U"-({[<";
  std::string out;
  bool begins_word = true;
  for (const char32_t code : decode_utf8(subject_text(call))) {
    const std::string character = encode_utf8({&code, 1});
    out += begins_word ? to_upper(character) : to_lower(character);
    begins_word = is_python_space(code) || kBefore.find(code) != kBefore.npos;
  }
  return call.runtime.text(std::move(out));
}

constexpr std::array<Function, 14> kFilters = {{
    {"upper", "", changed<to_upper>},
    {"lower", "", changed<to_lower>},
    {"title", "", title},
    {"capitalize", "", changed<to_capitalized>},
    {"trim", "chars?", trim},
    {"replace", "old new count?", replace},
    {"string", "", to_string_value},
    {"safe", "", to_string_value},
    {"indent", "width? first? blank?", indent},
    {"escape", "", escape},
    {"e", "", escape},
    {"forceescape", "", escape},
    {"center", "width?", center},
    {"wordcount", "", wordcount},
}};

}  // namespace

std::span<const Function> text_filters() { return kFilters; }

std::string soft_text(const Value& value) { return to_str(value); }

}  // namespace lathe::text::jinja
