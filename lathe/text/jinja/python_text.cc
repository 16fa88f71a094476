// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/jinja/python_text.h"

#include <algorithm>

#include "lathe/text/unicode.h"
#include "lathe/text/unicode_form.h"
#include "lathe/text/utf8.h"

namespace lathe::text::jinja {
namespace {

bool strips(char32_t code, std::u32string_view characters) {
  return characters.empty() ? is_python_space(code) : characters.find(code) != characters.npos;
}

size_t last_character(std::string_view text) {
  size_t begin = text.size() - 1;
  while (begin > 0 && (static_cast<uint8_t>(text[begin]) & 0xC0) == 0x80) --begin;
  return begin;
}

// `part` before each character and at the end, at most `limit` times where that is not negative.
std::string insert_between(std::string_view text, std::string_view part, int64_t limit) {
  std::string out;
  for (int64_t count = 0; limit < 0 || count < limit; ++count) {
    out.append(part);
    if (text.empty()) break;
    const size_t bytes = read_utf8(text).bytes;
    out.append(text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
  return out.append(text);
}

bool ends_line(char32_t code) {
  constexpr std::u32string_view kEnds = U"\n\r\v\f\x1C\x1D\x1E\x85\u2028\u2029";
  return kEnds.find(code) != kEnds.npos;
}

bool is_letter(char32_t code) { return category(code) <= Category::kLo; }

// Letters that begin a word become capitals, others small.
std::string capitalize(std::string_view text, bool every_word) {
  std::u32string out;
  bool begins_word = true;
  for (const char32_t code : decode_utf8(text)) {
    if (begins_word && code == U'ß') {
      out += U"Ss";
    } else {
      out += begins_word ? title_case(code) : lower_case(code);
    }
    begins_word = every_word && !is_letter(code);
  }
  return encode_utf8(out);
}

}  // namespace

bool is_python_space(char32_t code) {
  return space_set().contains(code) || (code >= 0x1C && code <= 0x1F);
}

std::string_view strip(std::string_view text, Side side, std::u32string_view characters) {
  while (side != Side::kRight && !text.empty()) {
    const Utf8Step step = read_utf8(text);
    if (!strips(step.code, characters)) break;
    text.remove_prefix(step.bytes);
  }
  while (side != Side::kLeft && !text.empty()) {
    const size_t last = last_character(text);
    if (!strips(read_utf8(text.substr(last)).code, characters)) break;
    text = text.substr(0, last);
  }
  return text;
}

int64_t num_characters(std::string_view text) {
  return std::ranges::count_if(
      text, [](char byte) { return (static_cast<uint8_t>(byte) & 0xC0) != 0x80; });
}

std::string to_lower(std::string_view text) {
  std::u32string codes = decode_utf8(text);
  for (char32_t& code : codes) code = lower_case(code);
  return encode_utf8(codes);
}

std::string to_upper(std::string_view text) {
  std::u32string out;
  for (const char32_t code : decode_utf8(text)) {
    code == U'ß' ? void(out += U"SS") : void(out += upper_case(code));
  }
  return encode_utf8(out);
}

std::string to_title(std::string_view text) { return capitalize(text, true); }

std::string to_capitalized(std::string_view text) { return capitalize(text, false); }

std::vector<std::string> split_words(std::string_view text, int64_t limit) {
  std::vector<std::string> out;
  text = strip(text, Side::kLeft);
  while (!text.empty()) {
    size_t end = 0;
    while (end < text.size()) {
      const Utf8Step step = read_utf8(text.substr(end));
      if (is_python_space(step.code)) break;
      end += step.bytes;
    }
    if (limit >= 0 && static_cast<int64_t>(out.size()) >= limit) {
      out.emplace_back(text);
      break;
    }
    out.emplace_back(text.substr(0, end));
    text = strip(text.substr(end), Side::kLeft);
  }
  return out;
}

std::vector<std::string> split_words_from_right(std::string_view text, int64_t limit) {
  std::vector<std::string> out;
  text = strip(text, Side::kRight);
  while (!text.empty() && static_cast<int64_t>(out.size()) < limit) {
    size_t begin = text.size();
    while (begin > 0) {
      const size_t last = last_character(text.substr(0, begin));
      if (is_python_space(read_utf8(text.substr(last)).code)) break;
      begin = last;
    }
    out.emplace_back(text.substr(begin));
    text = strip(text.substr(0, begin), Side::kRight);
  }
  if (!text.empty()) out.emplace_back(text);
  return {out.rbegin(), out.rend()};
}

std::vector<std::string> split_at(std::string_view text, std::string_view separator,
                                  int64_t limit) {
  std::vector<std::string> out;
  size_t begin = 0;
  while (limit < 0 || static_cast<int64_t>(out.size()) < limit) {
    const size_t found = text.find(separator, begin);
    if (found == std::string_view::npos) break;
    out.emplace_back(text.substr(begin, found - begin));
    begin = found + separator.size();
  }
  out.emplace_back(text.substr(begin));
  return out;
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> out;
  size_t size = 0;  // of the line that text begins with, as far as it was read
  while (size < text.size()) {
    const Utf8Step step = read_utf8(text.substr(size));
    if (!ends_line(step.code)) {
      size += step.bytes;
      continue;
    }
    out.emplace_back(text.substr(0, size));
    text.remove_prefix(size + (text.substr(size).starts_with("\r\n") ? 2 : step.bytes));
    size = 0;
  }
  if (!text.empty()) out.emplace_back(text);
  return out;
}

std::string replace_all(std::string_view text, std::string_view from, std::string_view to,
                        int64_t limit) {
  if (from.empty()) return insert_between(text, to, limit);
  std::string out;
  size_t taken = 0;
  for (int64_t count = 0; limit < 0 || count < limit; ++count) {
    const size_t found = text.find(from, taken);
    if (found == std::string_view::npos) break;
    out.append(text.substr(taken, found - taken)).append(to);
    taken = found + from.size();
  }
  return out.append(text.substr(taken));
}

}  // namespace lathe::text::jinja
