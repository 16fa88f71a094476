// SPDX-License-Identifier: Apache-2.0
// A template's text as tokens, with trim_blocks and lstrip_blocks.
#include <gtest/gtest.h>

#include "lathe/text/jinja/token.h"
#include "tests/support/render.h"
#include "tests/support/temp_dir.h"

namespace lathe::text::jinja {
namespace {

using testing::error_of;
using testing::expect_renderings;
using testing::Rendering;

// Tokens with spaces between them: data in [brackets], texts in 'quotes'.
std::string tokens_of(std::string_view source) {
  std::string out;
  for (const Token& token : tokenize(source)) {
    static constexpr std::string_view kTags[] = {"", "{{", "}}", "{%", "%}"};
    const auto kind = static_cast<size_t>(token.kind);
    out += out.empty() ? "" : " ";
    if (token.kind == TokenKind::kData) out += cat("[", token.text, "]");
    if (token.kind == TokenKind::kString) out += quote(token.text);
    if (token.kind == TokenKind::kEnd) out += "end";
    out += kind > 0 && kind < std::size(kTags) ? kTags[kind] : "";
    if (token.kind >= TokenKind::kInteger || token.kind == TokenKind::kName) out += token.text;
  }
  return out;
}

TEST(Lexer, TagsAndWhatStandsInThem) {
  const Rendering cases[] = {
      {"", "end"},
      {"plain", "[plain] end"},
      {"a{{ b }}c", "[a] {{ b }} [c] end"},
      {"{% if x_1 %}y", "{% if x_1 %} [y] end"},
      {"{{1.5e-3+0x1F//7**2}}", "{{ 1.5e-3 + 0x1F // 7 ** 2 }} end"},
      {"{{ 1_000.5 1e3 1.e }}", "{{ 1_000.5 1e3 1 . e }} end"},
      {"{{ a.b[0]|c(d=1,) }}", "{{ a . b [ 0 ] | c ( d = 1 , ) }} end"},
      {"{{ 'it''s' \"q\" }}", "{{ 'it' 's' 'q' }} end"},
      {"{{ a<=b>=c==d!=e<f>g~h%i:j }}", "{{ a <= b >= c == d != e < f > g ~ h % i : j }} end"},
      {"{{ {'a': {}} }}", "{{ { 'a' : { } } }} end"},
      {"a { b } c {a} }} %} #}", "[a { b } c {a} }} %} #}] end"},
      {"{# note {{ x }} #}b", "[b] end"},
      {"{{ größe }}", "{{ größe }} end"},
  };
  for (const Rendering& test : cases) EXPECT_EQ(tokens_of(test.source), test.text) << test.source;
}

TEST(Lexer, LinesAreCountedFromOneAcrossAllKindsOfTags) {
  const std::vector<Token> tokens =
      tokenize("a\n{# two\nthree #}{{ b\n }}\n{% raw %}\n{{{% endraw %}\r\n{{ 'x\ny' ~ c }}");
  const auto line_of = [&](std::string_view text) {
    for (const Token& token : tokens) {
      if (token.kind == TokenKind::kName && token.text == text) return token.line;
    }
    return 0;
  };
  EXPECT_EQ(line_of("b"), 3);
  EXPECT_EQ(line_of("c"), 8);
}

TEST(Lexer, WhiteSpaceAroundTags) {
  const Rendering texts[] = {
      {"a\n{% if true %}\nb\n{% endif %}\nc\n", "a\nb\nc"},
      {"a\n  {% if true %}\n  b\n  {% endif %}  \nc", "a\n  b\n  \nc"},
      {"a  {%- if true -%}  b  {%- endif -%}  c", "abc"},
      {"  {{ 1 }}\n", "  1"},
      {"  {{- 1 -}}  \n b", "1b"},
      {"x {% if true %} y {% endif %} z", "x  y  z"},
      {"  {%+ if true +%}\nb{% endif %}", "  \nb"},
      {"\t{# note #}\nb", "b"},
      {"a\n  {#- note -#}\n  b", "ab"},
      {"a {# note #} b", "a  b"},
      {"{% set a = 1 %}  {% set b = 2 %}x", "  x"},
      {"{% set a = 1 %}\n  {% set b = 2 %}\nx", "x"},
      {"{{ 1 }}  {% set a = 1 %}\n  x", "1    x"},
      {"\u00a0{%- if true %}y{% endif %}", "y"},
      {"\n\n{{ 1 }}\n\n", "\n\n1\n"},
      {"a\r\nb\rc{{ 1 }}\r\n", "a\nb\nc1"},
  };
  expect_renderings(texts);
}

TEST(Lexer, RawTextIsTakenAsItIs) {
  const Rendering texts[] = {
      {"{% raw %}{{ x }} {% if %}{# #}{% endraw %}", "{{ x }} {% if %}{# #}"},
      {"a {%- raw -%} {{ x }} {%- endraw -%} b", "a{{ x }}b"},
      {"{% raw %}{%raw%}{%endraw%}", "{%raw%}"},
      {"{%raw%}{% endraw x %}{%endraw%}", "{% endraw x %}"},
      {"{{ '{%' }}{{ \"}}\" }}", "{%}}"},
      {"{{ 'a%}b' }}", "a%}b"},
  };
  expect_renderings(texts);
}

TEST(Lexer, EscapesInTexts) {
  const Rendering texts[] = {
      {R"({{ 'a\nb\t\\\'\"' }})", "a\nb\t\\'\""},
      {R"({{ "\x41\u00e9\U0001F600" }})", "Aé😀"},
      {R"({{ '\101\q' }})", "A\\q"},
  };
  expect_renderings(texts);
}

TEST(Lexer, RefusalsNameTheLine) {
  const Rendering cases[] = {
      {"a\n{{ b", "line 2: tag without }}"},
      {"{% if\n\nx", "line 3: tag without %}"},
      {"{{ 'abc }}", "line 1: string without its closing '"},
      {"\n{{ \"abc' }}", "line 2: string without its closing \""},
      {"{# abc", "line 1: comment without #}"},
      {"{% raw %}\n x", "line 2: raw without endraw"},
      {"{{ a @ b }}", "line 1: unexpected '@'"},
      {"{{ (] }}", "line 1: unexpected ]"},
      {"{{ [1)", "line 1: unexpected )"},
      {"{{ ) }}", "line 1: unexpected )"},
      {"{{ a ? b }}", "line 1: unexpected '?'"},
      {"{% if a && b %}", "line 1: unexpected '&'"},
  };
  for (const Rendering& test : cases) {
    EXPECT_EQ(error_of([&] { tokenize(test.source); }), test.text) << test.source;
  }
}

}  // namespace
}  // namespace lathe::text::jinja
