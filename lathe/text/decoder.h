// SPDX-License-Identifier: Apache-2.0
// Tokens back to text: what each token stands for, and what happens to all of them together.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lathe/base/json.h"

namespace lathe::text {

// What a token becomes on its own.
struct TokenPiece {
  std::string bytes;
  bool is_fallback = false;  // a single byte of a character without a token
};

struct Decoder {
  bool byte_alphabet = false;                                     // GPT-2's (byte_alphabet.h)
  std::vector<std::pair<std::string, std::string>> replacements;  // "▁" by " "
  bool byte_fallback = false;                                     // "<0x0A>" is a byte
  int strip_left = 0;  // so many spaces at the beginning of a text are none of it

  // From the `decoder` of tokenizer.json. Throws kCorrupt, kUnsupported naming the type.
  static Decoder from_json(const Json& json);

  TokenPiece piece(std::string_view token) const;
  // Valid UTF-8. Of a run of fallback bytes that is invalid every byte becomes U+FFFD, of other
  // bytes every maximal invalid part.
  std::string join(std::span<const TokenPiece> pieces) const;
};

}  // namespace lathe::text
