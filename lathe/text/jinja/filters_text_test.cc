// SPDX-License-Identifier: Apache-2.0
// Filters from text to text.
#include "lathe/text/jinja/filters.h"
#include "tests/support/render.h"

namespace lathe::text::jinja {
namespace {

using testing::expect_refused_values;
using testing::expect_values;
using testing::Rendering;

TEST(TextFilters, TitleIsJinjasNotPythons) {
  const Rendering values[] = {
      {"'they\\'re bill\\'s'|title", "They're Bill's"},
      {"'hello-world (foo) {bar} [baz] <qux>'|title", "Hello-World (Foo) {Bar} [Baz] <Qux>"},
      {"'a_b/c.d 3rd'|title", "A_b/c.d 3rd"},
      {"'SHOUT tab\tnext'|title", "Shout Tab\tNext"},
      {"'straße ßa'|title", "Straße SSa"},
      {"''|title", ""},
      {"12|title", "12"},
  };
  expect_values(values);
}

TEST(TextFilters, CaseIsChangedBeyondAscii) {
  const Rendering values[] = {
      {"'Ärger über ß'|upper", "ÄRGER ÜBER SS"},
      {"'ÄRGER'|lower", "ärger"},
      {"'éCOLE ÉLÉMENTAIRE'|capitalize", "École élémentaire"},
      {"none|upper", "NONE"},
      {"[true]|lower", "[true]"},
      {"missing|upper", ""},
  };
  expect_values(values);
}

TEST(TextFilters, TrimTakesWhiteSpaceOrGivenCharacters) {
  const Rendering values[] = {
      {"' \t a b \n'|trim", "a b"},   {"'\u00a0\u3000a\u2003'|trim", "a"},
      {"'xxaxbxx'|trim('x')", "axb"}, {"'xyaxy'|trim('yx')", "a"},
      {"'éaé'|trim('é')", "a"},       {"' a '|trim(none)", "a"},
      {"' a '|trim(chars=' ')", "a"}, {"'   '|trim", ""},
      {"42|trim('2')", "4"},
  };
  expect_values(values);
}

TEST(TextFilters, ReplaceTakesACount) {
  const Rendering values[] = {
      {"'aaaa'|replace('a', 'b')", "bbbb"},
      {"'aaaa'|replace('a', 'b', 2)", "bbaa"},
      {"'aaaa'|replace('aa', 'b')", "bb"},
      {"'aaa'|replace('a', 'b', 0)", "aaa"},
      {"'ab'|replace('', '-')", "-a-b-"},
      {"'äb'|replace('', '-', 2)", "-ä-b"},
      {"'aXb'|replace('X', '')", "ab"},
      {"121|replace(1, 3)", "323"},
      {"'a'|replace(new='b', old='a')", "b"},
      {"'abc'|replace('', '', 1)", "abc"},
      {"'aaa'|replace('a', 'b', count=1)", "baa"},
  };
  expect_values(values);
}

TEST(TextFilters, IndentLeavesTheFirstLineAndBlankOnesUnlessAsked) {
  const Rendering values[] = {
      {"'a\nb\n\nc'|indent", "a\n    b\n\n    c"},
      {"'a\nb'|indent(2)", "a\n  b"},
      {"'a\nb'|indent('> ')", "a\n> b"},
      {"'a\nb'|indent(2, true)", "  a\n  b"},
      {"'a\nb'|indent(2, first=true)", "  a\n  b"},
      {"'a\n\nb'|indent(2, false, true)", "a\n  \n  b"},
      {"'a\n\nb'|indent(width=1, blank=true)", "a\n \n b"},
      {"'\nx'|indent(2, true)", "  \n  x"},
      {"''|indent(2, true)", "  "},
      {"'a\n'|indent(2, true)", "  a\n"},
      {"'a\r\nb'|indent(2)", "a\n  b"},
      {"'a\nb'|indent(0)", "a\nb"},
  };
  expect_values(values);
}

TEST(TextFilters, EscapeWritesEntities) {
  const Rendering values[] = {
      {"'<a href=\"x\">&\\'</a>'|escape", "&lt;a href=&#34;x&#34;&gt;&amp;&#39;&lt;/a&gt;"},
      {"'a&amp;b'|e", "a&amp;amp;b"},
      {"'<'|forceescape", "&lt;"},
      {"'plain'|escape", "plain"},
      {"'<b>'|safe", "<b>"},
      {"1|escape", "1"},
  };
  expect_values(values);
}

TEST(TextFilters, CenterPutsTheOddSpaceWherePythonDoes) {
  const Rendering values[] = {
      {"'[' ~ 'abc'|center(9) ~ ']'", "[   abc   ]"},
      {"'[' ~ 'abc'|center(8) ~ ']'", "[  abc   ]"},
      {"'[' ~ 'ab'|center(5) ~ ']'", "[  ab ]"},
      {"'[' ~ 'abcd'|center(7) ~ ']'", "[  abcd ]"},
      {"'[' ~ 'é'|center(3) ~ ']'", "[ é ]"},
      {"'abc'|center(2)", "abc"},
      {"'x'|center|length", "80"},
  };
  expect_values(values);
}

TEST(TextFilters, WordsAreRunsOfLettersDigitsAndUnderscores) {
  const Rendering values[] = {
      {"'hello-world  foo_bar it\\'s 3.5'|wordcount", "7"},
      {"'  '|wordcount", "0"},
      {"'über äöü'|wordcount", "2"},
      {"''|wordcount", "0"},
  };
  expect_values(values);
}

TEST(TextFilters, StringIsTheTextOfAnything) {
  const Rendering values[] = {
      {"1|string ~ 2", "12"}, {"none|string", "None"}, {"[1, 'a']|string|length", "8"},
      {"1.0|string", "1.0"},  {"missing|string", ""},  {"'a'|string is string", "True"},
  };
  expect_values(values);
}

TEST(TextFilters, RefusalsNameTheFilterAndTheArgument) {
  const Rendering refusals[] = {
      {"'a'|upper(1)", "upper: expected at most 0 arguments, got 1"},
      {"'a'|replace('a')", "replace: argument 'new' is missing"},
      {"'a'|replace('a', old='b', new='c')", "replace: argument 'old' is given twice"},
      {"'a'|replace('a', 'b', times=1)", "replace: unknown argument 'times'"},
      {"'a'|trim(1)", "expected a string, got int"},
      {"'a'|center('x')", "expected an integer, got str"},
      {"'a'|replace('a', 'b', 'c')", "expected an integer, got str"},
      {"'a'|mystery", "unknown filter 'mystery'"},
      {"'a'|some.filter", "unknown filter 'some.filter'"},
  };
  expect_refused_values(refusals);
}

}  // namespace
}  // namespace lathe::text::jinja
