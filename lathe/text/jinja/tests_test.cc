// SPDX-License-Identifier: Apache-2.0
// Tests: `x is NAME`.
#include "lathe/text/jinja/runtime.h"
#include "tests/support/render.h"

namespace lathe::text::jinja {
namespace {

using testing::expect_refused_values;
using testing::expect_values;
using testing::Rendering;

struct Kinds {
  std::string_view test;
  std::string_view passes;  // expressions, separated by ;
  std::string_view fails;
};

TEST(Tests, KindsOfValues) {
  const Kinds cases[] = {
      {"defined", "0;none;''", "missing;{}.x"},
      {"undefined", "missing;[].x", "none;0"},
      {"none", "none;{}.get('x')", "missing;0;''"},
      {"boolean", "true;false;1 == 1", "0;1;none"},
      {"true", "true;1 == 1", "1;'a';false"},
      {"false", "false;not 1", "0;none;true"},
      {"integer", "0;-5", "true;1.0;'1'"},
      {"float", "1.0;1e3", "1;true"},
      {"number", "1;1.5;true", "'1';none"},
      {"string", "'';'a'", "1;none;['a']"},
      {"mapping", "{};{'a': 1}", "[];'a'"},
      {"iterable", "[];'a';{};(1,);missing", "1;none;true"},
      {"sequence", "[];'a';{};(1,)", "1;none"},
      {"callable", "range;'a'.upper", "'a';1;[]"},
      {"even", "0;2;-4;2.0", "1;-3"},
      {"odd", "1;-3;true", "0;2"},
      {"lower", "'abc';'a1'", "'aB';'1';''"},
      {"upper", "'ABC';'A1'", "'aB';'1';''"},
  };
  for (const Kinds& test : cases) {
    for (const std::string_view value : split(test.passes, ';')) {
      EXPECT_EQ(testing::rendered(cat("{{ (", value, ") is ", test.test, " }}")), "True")
          << value << " is " << test.test;
    }
    for (const std::string_view value : split(test.fails, ';')) {
      EXPECT_EQ(testing::rendered(cat("{{ (", value, ") is not ", test.test, " }}")), "True")
          << value << " is not " << test.test;
    }
  }
}

TEST(Tests, ComparisonsHaveManyNames) {
  const Rendering values[] = {
      {"3 is eq 3", "True"},
      {"3 is equalto(4)", "False"},
      {"3 is ne 4", "True"},
      {"3 is lt 4", "True"},
      {"3 is lessthan 3", "False"},
      {"3 is le 3", "True"},
      {"3 is gt 2", "True"},
      {"3 is greaterthan 3", "False"},
      {"3 is ge 4", "False"},
      {"'a' is lt 'b'", "True"},
      {"2 is in [1, 2]", "True"},
      {"'z' is in 'abc'", "False"},
      {"1 is sameas 1", "True"},
      {"1 is sameas true", "False"},
      {"1 is sameas 1.0", "False"},
      {"none is sameas none", "True"},
      {"9 is divisibleby 3", "True"},
      {"9 is divisibleby(2)", "False"},
      {"[1, 2]|select('==', 2)|list", "[2]"},
      {"[1, 2]|select('!=', 2)|list", "[1]"},
      {"[1, 2]|select('<', 2)|list", "[1]"},
      {"[1, 2]|select('<=', 1)|list", "[1]"},
      {"[1, 2]|select('>', 1)|list", "[2]"},
      {"[1, 2]|select('>=', 2)|list", "[2]"},
  };
  expect_values(values);
}

TEST(Tests, BindTighterThanAndButLooserThanFilters) {
  const Rendering values[] = {
      {"3 is odd and 4 is even", "True"},
      {"'a'|length is eq 1", "True"},
      {"not 3 is even", "True"},
      {"1 is odd == true", "True"},
      {"missing is not defined or missing.x", "True"},
  };
  expect_values(values);
}

TEST(Tests, Refusals) {
  const Rendering refusals[] = {
      {"1 is mystery", "unknown test 'mystery'"},
      {"1 is divisibleby", "divisibleby: argument 'num' is missing"},
      {"1 is eq(1, 2)", "eq: expected at most 1 arguments, got 2"},
      {"'x' is odd", "unsupported operand types for %: str and int"},
      {"1 is divisibleby 0", "division by zero"},
      {"1 is lt 'a'", "unsupported operand types for <: int and str"},
      {"1 is in 5", "expected a list, got int"},
  };
  expect_refused_values(refusals);
}

}  // namespace
}  // namespace lathe::text::jinja
