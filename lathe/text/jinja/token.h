// SPDX-License-Identifier: Apache-2.0
// A template's text as tokens: data between tags, and what stands inside of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lathe::text::jinja {

enum class TokenKind {
  kData,
  kOutputBegin,     // {{
  kOutputEnd,       // }}
  kStatementBegin,  // {%
  kStatementEnd,    // %}
  kName,
  kString,  // its value, escapes replaced
  kInteger,
  kFloat,
  kOperator,
  kEnd,
};

struct Token {
  TokenKind kind;
  std::string text;
  int line;  // from 1
};

// The whole template, ending with kEnd. Comments are gone and white space around tags is stripped
// as trim_blocks and lstrip_blocks say. Throws kCorrupt, "line N: …", also
// for what is no UTF-8, kUnsupported for a source that is too long.
std::vector<Token> tokenize(std::string_view source);

}  // namespace lathe::text::jinja
