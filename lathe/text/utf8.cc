// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/utf8.h"

#include <array>
#include <cstdint>

namespace lathe::text {
namespace {

// What the first byte of a character of several bytes says. The range of the second byte keeps out
// overlong forms, surrogates and what is beyond U+10FFFF.
struct Lead {
  uint8_t first, last;                // of the leading byte
  uint8_t length;                     // of the character in bytes
  uint8_t second_first, second_last;  // of the second byte
};
constexpr std::array<Lead, 8> kLeads = {{{0xC2, 0xDF, 2, 0x80, 0xBF},
                                         {0xE0, 0xE0, 3, 0xA0, 0xBF},
                                         {0xE1, 0xEC, 3, 0x80, 0xBF},
                                         {0xED, 0xED, 3, 0x80, 0x9F},
                                         {0xEE, 0xEF, 3, 0x80, 0xBF},
                                         {0xF0, 0xF0, 4, 0x90, 0xBF},
                                         {0xF1, 0xF3, 4, 0x80, 0xBF},
                                         {0xF4, 0xF4, 4, 0x80, 0x8F}}};

uint8_t byte_at(std::string_view bytes, size_t i) { return static_cast<uint8_t>(bytes[i]); }

Utf8Step read_continuation(std::string_view bytes, const Lead& lead) {
  char32_t code = byte_at(bytes, 0) & (0x7Fu >> lead.length);
  for (size_t i = 1; i < lead.length; ++i) {
    if (i == bytes.size()) return {Utf8Step::Kind::kUnfinished, kReplacement, i};
    const uint8_t byte = byte_at(bytes, i);
    const uint8_t low = i == 1 ? lead.second_first : 0x80;
    const uint8_t high = i == 1 ? lead.second_last : 0xBF;
    if (byte < low || byte > high) return {Utf8Step::Kind::kInvalid, kReplacement, i};
    code = code << 6 | (byte & 0x3Fu);
  }
  return {Utf8Step::Kind::kCharacter, code, lead.length};
}

}  // namespace

Utf8Step read_utf8(std::string_view bytes) {
  const uint8_t first = byte_at(bytes, 0);
  if (first < 0x80) return {Utf8Step::Kind::kCharacter, first, 1};
  for (const Lead& lead : kLeads) {
    if (first >= lead.first && first <= lead.last) return read_continuation(bytes, lead);
  }
  return {Utf8Step::Kind::kInvalid, kReplacement, 1};
}

void append_utf8(std::string& out, char32_t code) {
  const auto push = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    push(code);
  } else if (code < 0x800) {
    push(0xC0 | code >> 6);
    push(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    push(0xE0 | code >> 12);
    push(0x80 | (code >> 6 & 0x3F));
    push(0x80 | (code & 0x3F));
  } else {
    push(0xF0 | code >> 18);
    push(0x80 | (code >> 12 & 0x3F));
    push(0x80 | (code >> 6 & 0x3F));
    push(0x80 | (code & 0x3F));
  }
}

size_t utf8_size(std::string_view bytes) {
  size_t size = 0;
  while (size < bytes.size()) {
    const Utf8Step step = read_utf8(bytes.substr(size));
    if (step.kind != Utf8Step::Kind::kCharacter) break;
    size += step.bytes;
  }
  return size;
}

bool is_utf8(std::string_view bytes) { return utf8_size(bytes) == bytes.size(); }

std::string to_utf8(std::string_view bytes) {
  if (is_utf8(bytes)) return std::string(bytes);
  return encode_utf8(decode_utf8(bytes));
}

std::u32string decode_utf8(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Utf8Step step = read_utf8(text);
    out.push_back(step.code);
    text.remove_prefix(step.bytes);
  }
  return out;
}

std::string encode_utf8(std::u32string_view codes) {
  std::string out;
  out.reserve(codes.size());
  for (const char32_t code : codes) append_utf8(out, code);
  return out;
}

}  // namespace lathe::text
