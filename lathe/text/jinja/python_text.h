// SPDX-License-Identifier: Apache-2.0
// What Python's str knows about characters, and positions counted in characters.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::text::jinja {

bool is_python_space(char32_t code);

enum class Side { kLeft, kRight, kBoth };
// Without the characters of `characters` at the ends; white space where that is empty.
std::string_view strip(std::string_view text, Side side, std::u32string_view characters = {});

int64_t num_characters(std::string_view text);

std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);
std::string to_title(std::string_view text);        // each word begins with a capital
std::string to_capitalized(std::string_view text);  // the text does

// Splits at runs of white space, at most `limit` times where that is not negative.
std::vector<std::string> split_words(std::string_view text, int64_t limit);
std::vector<std::string> split_words_from_right(std::string_view text, int64_t limit);
std::vector<std::string> split_at(std::string_view text, std::string_view separator, int64_t limit);
std::vector<std::string> split_lines(std::string_view text);  // at all ends of lines of Unicode

std::string replace_all(std::string_view text, std::string_view from, std::string_view to,
                        int64_t limit);

}  // namespace lathe::text::jinja
