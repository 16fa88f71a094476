// SPDX-License-Identifier: Apache-2.0
// Statements that are none: the message says what was expected.
#include "lathe/text/jinja/parser.h"
#include "tests/support/render.h"

namespace lathe::text::jinja {
namespace {

using testing::expect_refusals;
using testing::expect_renderings;
using testing::Rendering;

TEST(StatementParser, BlocksEndWithTheirOwnEnd) {
  const Rendering text_refusals[] = {
      {"{% if true %}", "line 1: expected {% endif %}, got the end"},
      {"{% if true %}a{% else %}", "line 1: expected {% endif %}, got the end"},
      {"{% if true %}{% endfor %}", "line 1: unknown statement 'endfor'"},
      {"{% if a %}{% else %}{% else %}{% endif %}", "line 1: unknown statement 'else'"},
      {"{% if a %}{% else %}{% elif b %}{% endif %}", "line 1: unknown statement 'elif'"},
      {"a\n{% for x in [] %}\n", "line 2: expected {% endfor %}, got the end"},
      {"{% for x in [] %}{% endif %}", "line 1: unknown statement 'endif'"},
      {"{% set x %}a", "line 1: expected {% endset %}, got the end"},
      {"{% macro m() %}", "line 1: expected {% endmacro %}, got the end"},
      {"{% filter upper %}", "line 1: expected {% endfilter %}, got the end"},
      {"{% with %}", "line 1: expected {% endwith %}, got the end"},
      {"{% endif %}", "line 1: unknown statement 'endif'"},
      {"{% else %}", "line 1: unknown statement 'else'"},
      {"{% nonsense %}", "line 1: unknown statement 'nonsense'"},
      {"{% %}", "line 1: expected a statement, got %}"},
      {"{% 1 %}", "line 1: expected a statement, got '1'"},
  };
  expect_refusals(text_refusals);
}

TEST(StatementParser, HeadsAreChecked) {
  const Rendering text_refusals[] = {
      {"{% if %}{% endif %}", "line 1: expected an expression, got %}"},
      {"{% if a b %}{% endif %}", "line 1: expected %}, got 'b'"},
      {"{% if a if b else c %}{% endif %}", "line 1: expected %}, got 'if'"},
      {"{% if a %}{% elif b if c %}{% endif %}", "line 1: expected %}, got 'if'"},
      {"{% for x in a if b else c %}{% endfor %}", "line 1: expected %}, got 'else'"},
      {"{% for %}{% endfor %}", "line 1: expected a name, got %}"},
      {"{% for x %}{% endfor %}", "line 1: expected in, got %}"},
      {"{% for in x %}{% endfor %}", "line 1: expected in, got 'x'"},
      {"{% for x in %}{% endfor %}", "line 1: expected an expression, got %}"},
      {"{% for (a, b in x %}{% endfor %}", "line 1: unexpected }"},
      {"{% for x in [] if %}{% endfor %}", "line 1: expected an expression, got %}"},
      {"{% set %}", "line 1: expected a name, got %}"},
      {"{% set 1 = 2 %}", "line 1: expected a name, got '1'"},
      {"{% set a = %}", "line 1: expected an expression, got %}"},
      {"{% set a. = 1 %}", "line 1: expected a name, got '='"},
      {"{% macro %}{% endmacro %}", "line 1: expected a name, got %}"},
      {"{% macro m %}{% endmacro %}", "line 1: expected (, got %}"},
      {"{% macro m(a=1, b) %}{% endmacro %}", "line 1: parameter 'b' needs a default value too"},
      {"{% macro m(1) %}{% endmacro %}", "line 1: expected a name, got '1'"},
      {"{% call m %}{% endcall %}", "line 1: expected a call"},
      {"{% filter %}{% endfilter %}", "line 1: expected a name, got %}"},
      {"{% with a %}{% endwith %}", "line 1: expected =, got %}"},
      {"{% with a = 1, %}{% endwith %}", "line 1: expected a name, got %}"},
      {"{% with a = 1 b = 2 %}{% endwith %}", "line 1: expected ,, got 'b'"},
      {"{% for y in [] if y is odd if y %}{% endfor %}",
       "line 1: 'if' behind a test: parentheses are missing"},
      {"{% break %}", "line 1: break outside of a loop"},
      {"{% if true %}\n{% continue %}{% endif %}", "line 2: continue outside of a loop"},
      {"{% for x in [1] %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}",
       "line 1: break outside of a loop"},
      {"{% endfor x %}", "line 1: unknown statement 'endfor'"},
      {"{% if true %}{% endif x %}", "line 1: expected %}, got 'x'"},
  };
  expect_refusals(text_refusals);
}

TEST(StatementParser, TargetsAreChecked) {
  const Rendering text_refusals[] = {
      {"{% for x, in [[1]] %}{% endfor %}", "line 1: expected in, got '['"},
      {"{% for x,y, in [[1, 2]] %}{% endfor %}", "line 1: expected in, got '['"},
      {"{% for x.y in [1] %}{% endfor %}", "line 1: expected in, got '.'"},
      {"{% for (x in [1] %}{% endfor %}", "line 1: unexpected }"},
      {"{% for true in [1] %}{% endfor %}", "line 1: a value cannot be given to 'true'"},
      {"{% for loop in [1] %}{% endfor %}",
       "line 1: 'loop' is what a loop says of itself and no name for its items"},
      {"{% for x, loop in [[1, 2]] %}{% endfor %}",
       "line 1: 'loop' is what a loop says of itself and no name for its items"},
      {"{% set x, = [1] %}", "line 1: expected a name, got '='"},
      {"{% set x, y, = [1, 2] %}", "line 1: expected a name, got '='"},
      {"{% set None = 1 %}", "line 1: a value cannot be given to 'None'"},
      {"{% set x, False = 1, 2 %}", "line 1: a value cannot be given to 'False'"},
      {"{% with a, = 1 %}{% endwith %}", "line 1: expected a name, got '='"},
      {"{% with a.b = 1 %}{% endwith %}", "line 1: expected =, got '.'"},
      {"{% with true = 1 %}{% endwith %}", "line 1: a value cannot be given to 'true'"},
      {"{% macro none() %}{% endmacro %}", "line 1: a value cannot be given to 'none'"},
      {"{% macro m(True) %}{% endmacro %}", "line 1: a value cannot be given to 'True'"},
      {"{% macro m(a, a) %}{% endmacro %}", "line 1: parameter 'a' is there twice"},
      {"{% macro m(a, b=1,) %}{% endmacro %}", "line 1: expected a name, got ')'"},
      {"{% macro m(a b) %}{% endmacro %}", "line 1: expected ,, got 'b'"},
  };
  expect_refusals(text_refusals);
}

TEST(StatementParser, WhatTheSubsetLacksIsSaid) {
  for (const std::string_view name :
       {"import", "from", "include", "extends", "block", "autoescape"}) {
    try {
      parse_template(cat("\n{% ", name, " 'x' %}"));
      ADD_FAILURE() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
      EXPECT_EQ(error.message(), cat("line 2: ", name, " is not supported in a template"));
    }
  }
  const Rendering limits[] = {
      {"{% for x in [] recursive %}{% endfor %}", "line 1: recursive loops are not supported"}};
  expect_refusals(limits);
}

TEST(StatementParser, TargetsMayBeSeveralNames) {
  const Rendering texts[] = {
      {"{% for a, b in [[1, 2], [3, 4]] %}{{ a }}{{ b }};{% endfor %}", "12;34;"},
      {"{% for (a, b) in [[1, 2]] %}{{ a }}{{ b }}{% endfor %}", "12"},
      {"{% for (a,) in [[1]] %}{{ a }}{% endfor %}", "1"},
      {"{% for (a) in [1] %}{{ a }}{% endfor %}", "1"},
      {"{% set a, b = 'xy' %}{{ b }}{{ a }}", "yx"},
      {"{% set (a, b,) = 'xy' %}{{ b }}{{ a }}", "yx"},
      {"{% set a = 1, 2 %}{{ a }}", "(1, 2)"},
      {"{% for i in 1, 2 %}{{ i }}{% endfor %}", "12"},
      {"{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}", "3"},
      {"{% with %}x{% endwith %}", "x"},
  };
  expect_renderings(texts);
}

}  // namespace
}  // namespace lathe::text::jinja
