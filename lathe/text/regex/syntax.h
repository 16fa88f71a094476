// SPDX-License-Identifier: Apache-2.0
// Reads a regular expression as tokenizer files write them (Oniguruma's syntax, as far as
// tokenizers use it) into pieces: sets of code points, and the syntax between them, which PCRE2
// understands as it stands.
//
//   parse_regex("\\p{N}{1,3}")   ->   {numbers, "{1,3}"}
//
// Known: literals, . ^ $ | ( ) [ ], (?: (?= (?! (?<= (?<! (?> (?i: (?i), quantifiers with ? and +,
// \s \d \w \h \p{category} and their opposites, \r \n \t \f \v \xHH \x{H…} \uHHHH, \A \z. Case is
// ignored for ASCII letters (and ſ, K, which fold to s and k).
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lathe/text/unicode.h"

namespace lathe::text {

using RegexPiece = std::variant<std::string, CodePointSet>;

// Throws kCorrupt for what is no expression and kUnsupported for syntax that is not listed above;
// both name the byte. Balance of parentheses is left to PCRE2.
std::vector<RegexPiece> parse_regex(std::string_view pattern);

}  // namespace lathe::text
