// SPDX-License-Identifier: Apache-2.0
// UTF-8: reading it with suspicion, writing it. Invalid bytes are replaced the way Unicode
// recommends (and Rust and Python do): each maximal part that no character begins with is one
// U+FFFD.
#pragma once

#include <string>
#include <string_view>

#include "lathe/text/unicode.h"

namespace lathe::text {

struct Utf8Step {
  enum class Kind { kCharacter, kInvalid, kUnfinished };
  Kind kind;
  char32_t code;  // kReplacement unless kCharacter
  size_t bytes;   // how many were read: at least 1
};
// What stands at the beginning of `bytes`, which is not empty. kUnfinished: all of it begins a
// character whose rest is missing.
Utf8Step read_utf8(std::string_view bytes);

void append_utf8(std::string& out, char32_t code);

// Where UTF-8 ends: the offset of the first byte that begins no whole character, or the size.
size_t utf8_size(std::string_view bytes);
bool is_utf8(std::string_view bytes);
// `bytes` with what is no UTF-8 replaced; an unfinished character at the end too.
std::string to_utf8(std::string_view bytes);

std::u32string decode_utf8(std::string_view text);  // invalid parts become U+FFFD
std::string encode_utf8(std::u32string_view codes);

}  // namespace lathe::text
