// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/decoder.h"

#include <algorithm>

#include "lathe/text/byte_alphabet.h"
#include "lathe/text/json_fields.h"
#include "lathe/text/normalizer.h"
#include "lathe/text/utf8.h"
#include "lathe/text/vocabulary.h"

namespace lathe::text {
namespace {

void add_byte_level(const Json&, Decoder& out) { out.byte_alphabet = true; }
void add_byte_fallback(const Json&, Decoder& out) { out.byte_fallback = true; }
void add_fuse(const Json&, Decoder&) {}  // tokens are put together always

void add_replace(const Json& json, Decoder& out) {
  const Json& pattern = json.at("pattern");
  if (!pattern.contains("String")) {
    fail(ErrorCode::kUnsupported, "Replace: pattern: expected a String");
  }
  const std::string& text = text_field(pattern, "String");
  if (text.empty()) fail(ErrorCode::kCorrupt, "Replace: pattern: expected text, got none");
  out.replacements.emplace_back(text, text_field(json, "content"));
}

void add_strip(const Json& json, Decoder& out) {
  const int64_t start = json.at("start").as_integer();
  if (text_field(json, "content") != " " || json.at("stop").as_integer() != 0 || start < 0 ||
      start > 16) {
    fail(ErrorCode::kUnsupported, "Strip: expected spaces at the beginning only");
  }
  out.strip_left += static_cast<int>(start);
}

struct Row {
  std::string_view name;
  void (*add)(const Json&, Decoder&);
};
constexpr Row kTypes[] = {
    {"ByteLevel", add_byte_level},
    {"ByteFallback", add_byte_fallback},
    {"Fuse", add_fuse},
    {"Replace", add_replace},
    {"Strip", add_strip},
};

// The run as text, or one U+FFFD a byte.
void append_fallback_run(std::string& out, const std::string& run) {
  if (is_utf8(run)) {
    out += run;
  } else {
    for (size_t i = 0; i < run.size(); ++i) append_utf8(out, kReplacement);
  }
}

}  // namespace

Decoder Decoder::from_json(const Json& json) {
  Decoder out;
  if (json.is_null()) fail(ErrorCode::kUnsupported, "expected a decoder, got null");
  for (const Json* component : components(json, "decoders")) {
    row_of_type(kTypes, *component).add(*component, out);
  }
  return out;
}

TokenPiece Decoder::piece(std::string_view token) const {
  if (byte_alphabet) return {from_byte_alphabet(token)};
  if (byte_fallback) {
    if (const auto byte = byte_of_token(token)) return {std::string(1, *byte), true};
  }
  std::string text(token);
  for (const auto& [from, to] : replacements) replace_step(from, to)(text);
  return {std::move(text)};
}

std::string Decoder::join(std::span<const TokenPiece> pieces) const {
  std::string out;
  for (size_t i = 0; i < pieces.size();) {
    std::string run;
    const bool is_fallback = pieces[i].is_fallback;
    for (; i < pieces.size() && pieces[i].is_fallback == is_fallback; ++i) run += pieces[i].bytes;
    is_fallback ? append_fallback_run(out, run) : void(out += to_utf8(run));
  }
  const size_t spaces = std::min(out.find_first_not_of(' '), out.size());
  return out.substr(std::min(spaces, static_cast<size_t>(strip_left)));
}

}  // namespace lathe::text
