// SPDX-License-Identifier: Apache-2.0
// Scopes, loops, macros and blocks.
#include "lathe/text/jinja/interpreter.h"

#include "tests/support/render.h"

namespace lathe::text::jinja {
namespace {

using testing::expect_refusals;
using testing::expect_renderings;
using testing::Rendering;

TEST(Interpreter, NamesOfALoopEndWithIt) {
  const Rendering texts[] = {
      {"{% set z = 0 %}{% for i in [1, 2] %}{% set z = z + i %}{{ z }}{% endfor %}{{ z }}", "120"},
      {"{% for i in [1] %}{% endfor %}{{ i is defined }}", "False"},
      {"{% set i = 9 %}{% for i in [1] %}{{ i }}{% endfor %}{{ i }}", "19"},
      {"{% if true %}{% set w = 5 %}{% endif %}{{ w }}", "5"},
      {"{% with a = 1 %}{% set b = 2 %}{% endwith %}{{ a is defined }}{{ b is defined }}",
       "FalseFalse"},
      {"{% set a = 1 %}{% with a = 2 %}{{ a }}{% endwith %}{{ a }}", "21"},
      {"{% for i in [1] %}{{ loop.index }}{% endfor %}{{ loop is defined }}", "1False"},
      {"{% set x = 1 %}{% filter upper %}{% set x = 2 %}a{{ x }}{% endfilter %}{{ x }}", "A21"},
  };
  expect_renderings(texts);
}

TEST(Interpreter, NamespacesCarryValuesOutOfLoops) {
  const Rendering texts[] = {
      {"{% set n = namespace(t=0) %}{% for i in [1, 2] %}{% set n.t = n.t + i %}{% endfor %}"
       "{{ n.t }}",
       "3"},
      {"{% set n = namespace({'a': 1}, b=2) %}{{ n.a }}{{ n.b }}{{ n['a'] }}{{ n.c is defined }}",
       "121False"},
      {"{% set n = namespace() %}{% set m = n %}{% set m.x = 1 %}{{ n.x }}", "1"},
  };
  expect_renderings(texts);
}

TEST(Interpreter, LoopsSayWhereTheyAre) {
  const Rendering texts[] = {
      {"{% for i in 'abc' %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}"
       "{{ loop.revindex0 }}{{ loop.length }};{% endfor %}",
       "10323;21213;32103;"},
      {"{% for i in 'ab' %}{{ loop.first }}{{ loop.last }}{{ loop.depth }}{{ loop.depth0 }};"
       "{% endfor %}",
       "TrueFalse10;FalseTrue10;"},
      {"{% for i in 'abc' %}{{ loop.previtem|d('-') }}{{ loop.nextitem|d('-') }};{% endfor %}",
       "-b;ac;b-;"},
      {"{% for i in 'abc' %}{{ loop.cycle('x', 'y') }}{% endfor %}", "xyx"},
      {"{% for i in 'ab' %}{% for j in 'xy' %}{{ loop.index }}{% endfor %}{{ loop.index }};"
       "{% endfor %}",
       "121;122;"},
      {"{% for i in [1, 2, 3, 4] if i is even %}{{ i }}/{{ loop.length }}{% endfor %}", "2/24/2"},
  };
  expect_renderings(texts);
}

TEST(Interpreter, LoopsSkipStopAndHaveAnElse) {
  const Rendering texts[] = {
      {"{% for i in range(9) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 5 %}{% break %}"
       "{% endif %}{{ i }}{% endfor %}",
       "0134"},
      {"{% for i in [] %}x{% else %}none{% endfor %}", "none"},
      {"{% for i in [1] if i > 1 %}x{% else %}none{% endfor %}", "none"},
      {"{% for i in missing %}x{% else %}none{% endfor %}", "none"},
      {"{% for i in [1] %}{% break %}{% else %}none{% endfor %}", "none"},
      {"{% for i in [1, 2] %}{{ i }}{% continue %}{% else %}none{% endfor %}", "12none"},
      {"{% for i in [1, 2] %}{% if i == 2 %}{% break %}{% endif %}{% else %}none{% endfor %}", ""},
      {"{% for i in 'ab' %}{% for j in 'xy' %}{% break %}{% endfor %}{{ i }}{% endfor %}", "ab"},
      {"{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}{{ v }}{% endfor %}", "a1b2"},
  };
  expect_renderings(texts);
}

TEST(Interpreter, MacrosTakeArgumentsWithDefaults) {
  const Rendering texts[] = {
      {"{% macro m(a, b='d') %}<{{ a }}{{ b }}>{% endmacro %}{{ m(1) }}{{ m(1, 2) }}{{ m(b=3, a=4) "
       "}}"
       "{{ m() }}",
       "<1d><12><43><d>"},
      {"{% macro m(a, b=a) %}{{ b }}{% endmacro %}{{ m(3) }}", "3"},
      {"{% macro m() %}x{% endmacro %}{{ m() ~ m()|upper }}", "xX"},
      {"{% macro f(k) %}{% if k > 0 %}{{ k }}{{ f(k - 1) }}{% endif %}{% endmacro %}{{ f(3) }}",
       "321"},
      {"{% macro m() %}{{ late }}{% endmacro %}{% set late = 'L' %}{{ m() }}", "L"},
      {"{% macro m() %}{% set q = 1 %}{% endmacro %}{{ m() }}{{ q is defined }}", "False"},
      {"{% macro m(x) %}{{ x is defined }}{% endmacro %}{{ m() }}", "False"},
  };
  expect_renderings(texts);
}

TEST(Interpreter, CallsHandTheirBodyOver) {
  const Rendering texts[] = {
      {"{% macro m() %}[{{ caller() }}]{% endmacro %}{% call m() %}in{% endcall %}", "[in]"},
      {"{% macro m(v) %}{{ caller(v, 2) }}{% endmacro %}{% call(a, b) m(1) %}{{ a + b }}{% endcall "
       "%}",
       "3"},
      {"{% macro m() %}{{ caller() }}{{ caller() }}{% endmacro %}{% set x = 'o' %}"
       "{% call m() %}{{ x }}{% endcall %}",
       "oo"},
  };
  expect_renderings(texts);
}

TEST(Interpreter, BlocksBecomeTexts) {
  const Rendering texts[] = {
      {"{% set t %} in {{ 1 }} {% endset %}[{{ t }}]", "[ in 1 ]"},
      {"{% set t | upper | trim %} in {% endset %}[{{ t }}]", "[IN]"},
      {"{% filter replace('a', 'b') | upper %}banana{% endfilter %}", "BBNBNB"},
      {"{% set t %}a{% endset %}{{ t + 'b' }}", "ab"},
      {"{% generation %}said{% endgeneration %}", "said"},
      {"{{ missing }}{{ none }}{{ true }}", "NoneTrue"},
  };
  expect_renderings(texts);
}

TEST(Interpreter, RefusalsNameTheLineOfTheExpression) {
  const Rendering text_refusals[] = {
      {"a\n{{ missing.x }}", "line 2: 'missing' is undefined"},
      {"{% if true %}\n\n{{ 1 / 0 }}{% endif %}", "line 3: division by zero"},
      {"{% macro m() %}\n{{ missing.x }}{% endmacro %}\n\n{{ m() }}",
       "line 2: 'missing' is undefined"},
      {"\n{% set n.x = 1 %}", "line 2: cannot set 'x' of 'n': it is no namespace"},
      {"{% set n = {} %}{% set n.x = 1 %}", "line 1: cannot set 'x' of 'n': it is no namespace"},
      {"{% for i in [1] %}{% set loop.index = 5 %}{% endfor %}",
       "line 1: cannot set 'index' of 'loop': it is no namespace"},
      {"{% set a, b = [1, 2, 3] %}", "line 1: expected 2 values to unpack, got 3"},
      {"{% for a, b in [[1]] %}{% endfor %}", "line 1: expected 2 values to unpack, got 1"},
      {"{% for i in 5 %}{% endfor %}", "line 1: expected a list to go over, got int"},
      {"{% for i in none %}{% endfor %}", "line 1: expected a list to go over, got NoneType"},
      {"{% macro m(x) %}{% endmacro %}{{ m(1, 2) }}",
       "line 1: m: expected at most 1 arguments, got 2"},
      {"{% macro m(x) %}{% endmacro %}{{ m(y=2) }}", "line 1: m: unknown argument 'y'"},
      {"{% macro m(x) %}{% endmacro %}{{ m(1, x=2) }}", "line 1: m: argument 'x' is given twice"},
      {"{% call mm() %}{% endcall %}", "line 1: 'mm' is undefined"},
      {"{% filter mystery %}{% endfilter %}", "line 1: unknown filter 'mystery'"},
      {"{% for i in [1] %}{{ loop.cycle() }}{% endfor %}", "line 1: cycle: expected arguments"},
  };
  expect_refusals(text_refusals);
}

}  // namespace
}  // namespace lathe::text::jinja
