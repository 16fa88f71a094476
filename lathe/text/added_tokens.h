// SPDX-License-Identifier: Apache-2.0
// Tokens that are found in a text before anything else looks at it: control tokens, and words that
// were added to a vocabulary.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/text/regex/regex.h"

namespace lathe::text {

struct AddedToken {
  std::string content;
  int32_t id = 0;
  bool single_word = false;  // only where no letter or digit touches it
  bool lstrip = false;       // takes the white space before it along
  bool rstrip = false;       // and after it
  bool normalized = false;   // looked for in the normalized text
  bool special = false;      // a control token, no text
};

enum class SpecialTokens {
  kParse,
  kAsText,  // found, but they count as text
};

// A part of a text: an added token, or what lies between two.
struct TextPart {
  TextSpan span;
  std::optional<int32_t> id;
};

// Immutable. Of several tokens that begin at one place the longest is found.
class AddedTokens {
 public:
  // Those with an empty text are left out: nothing could find them.
  explicit AddedTokens(std::vector<AddedToken> tokens = {});

  std::vector<TextPart> split(std::string_view text, SpecialTokens special) const;

 private:
  const AddedToken* match(std::string_view text) const;  // at its beginning; null for none
  std::vector<AddedToken> tokens_;                       // sorted by content
  std::vector<size_t> begin_of_;  // tokens whose first byte is b: [begin_of_[b], begin_of_[b + 1])
};

}  // namespace lathe::text
