// SPDX-License-Identifier: Apache-2.0
// Precedences, literals, and what is no expression.
#include "lathe/text/jinja/parser.h"
#include "tests/support/render.h"

namespace lathe::text::jinja {
namespace {

using testing::expect_refused_values;
using testing::expect_values;
using testing::Rendering;

constexpr std::string_view kVariables = R"({"n": 7, "items": [3, 1, 2], "word": "ab"})";

Json variables() { return Json::parse(kVariables, "variables"); }

TEST(ExpressionParser, Precedences) {
  const Rendering values[] = {
      {"1 + 2 * 3", "7"},
      {"(1 + 2) * 3", "9"},
      {"1 - 2 - 3", "-4"},
      {"100 / 10 / 5", "2.0"},
      {"7 // 2 * 2", "6"},
      {"2 ** 3 ** 2", "64"},
      {"-2 ** 2", "4"},
      {"2 * 3 ** 2", "18"},
      {"1 ~ 2 * 3", "16"},
      {"-n|abs", "7"},
      {"-3|string ~ 1", "-31"},
      {"'a'|upper ~ 'b'|upper", "AB"},
      {"2 * items|length", "6"},
      {"not n == 7", "False"},
      {"not n in items", "True"},
      {"n not in items", "True"},
      {"1 + 1 == 2", "True"},
      {"true or false and false", "True"},
      {"(true or false) and false", "False"},
      {"not true or true", "True"},
      {"n if n > 5 else 0", "7"},
      {"1 if false else 2 if false else 3", "3"},
      {"1 if true else 2 if true else 3", "1"},
      {"(1 if false else 2) + 1", "3"},
      {"'x' if false", ""},
      {"n is odd and items is iterable", "True"},
      {"n is divisibleby 7 and true", "True"},
      {"items[0] + items[-1] * 2", "7"},
      {"word.upper().lower()|length", "2"},
      {"items|sort|first is eq 1", "True"},
      {"[1, 2][0] + (3, 4)[1]", "5"},
      {"{'a': {'b': 5}}.a.b", "5"},
  };
  expect_values(values, variables());
}

TEST(ExpressionParser, Literals) {
  const Rendering values[] = {
      {"0x1F + 0b11 + 0o17", "49"},
      {"0XfF", "255"},
      {"1_000_000", "1000000"},
      {"1e3", "1000.0"},
      {"1.5E-2", "0.015"},
      {"9223372036854775807", "9223372036854775807"},
      {"'a' \"b\" 'c'", "abc"},
      {"''", ""},
      {"[true, True, false, False, none, None]", "[True, True, False, False, None, None]"},
      {"()", "()"},
      {"(1,)", "(1,)"},
      {"(1)", "1"},
      {"(1, 2,)", "(1, 2)"},
      {"[1, 2,]", "[1, 2]"},
      {"{'a': 1,}", "{'a': 1}"},
      {"{}", "{}"},
      {"1, 2", "(1, 2)"},
      {"00", "0"},
      {"07.5", "7.5"},
      {"(n is odd) if true else 1", "True"},
      {"n is divisibleby(7) if true else 1", "True"},
      {"1,", "(1,)"},
      {"{1: 'a', 'b': [2]}", "{1: 'a', 'b': [2]}"},
  };
  expect_values(values, variables());
}

TEST(ExpressionParser, CallsTakePositionsAndNames) {
  const Rendering values[] = {
      {"range(3)|list", "[0, 1, 2]"},
      {"range(1, 6, 2,)|list", "[1, 3, 5]"},
      {"dict(a=1, b=n)", "{'a': 1, 'b': 7}"},
      {"word|replace('a', new='x')", "xb"},
      {"(items|join)|length", "3"},
      {"items | join ( ' ' )", "3 1 2"},
      {"word.upper ()", "AB"},
  };
  expect_values(values, variables());
}

TEST(ExpressionParser, Refusals) {
  const Rendering refusals[] = {
      {"", "expected an expression, got }}"},
      {"1 +", "expected an expression, got }}"},
      {"* 1", "expected an expression, got '*'"},
      {"1 2", "expected }}, got '2'"},
      {"a b", "expected }}, got 'b'"},
      {"a 'x'", "expected }}, got a string"},
      {"[1, , 2]", "expected an expression, got ','"},
      {"[1 2]", "expected ], got '2'"},
      {"{1}", "expected :, got '}'"},
      {"{1: 2 3: 4}", "expected }, got '3'"},
      {"f(1 2)", "expected ), got '2'"},
      {"f(a=1, 2)", "a positional argument after one with a name"},
      {"f(a=1, b=2, a=3)", "argument 'a' is given twice"},
      {"07", "expected a number without zeros before it, got '07'"},
      {"n is defined if true", "'if' behind a test: parentheses are missing"},
      {"n is none if true else 1", "'if' behind a test: parentheses are missing"},
      {"n is not none if true else 1", "'if' behind a test: parentheses are missing"},
      {"[n is odd if true else 1]", "'if' behind a test: parentheses are missing"},
      {"n is odd in [true]", "'in' behind a test: parentheses are missing"},
      {"n is odd not in [true]", "'not' behind a test: parentheses are missing"},
      {"n.", "expected a name, got }}"},
      {"n.'a'", "expected a name, got a string"},
      {"n|", "expected a name, got }}"},
      {"n|1", "expected a name, got '1'"},
      {"n is", "expected a name, got }}"},
      {"n is not", "expected a name, got }}"},
      {"'a' is string is true", "a test of a test: parentheses are missing"},
      {"n[1:2:3:4]", "expected ], got ':'"},
      {"1 if", "expected an expression, got }}"},
      {"1 if true else", "expected an expression, got }}"},
      {"not", "expected an expression, got }}"},
      {"a = 1", "expected }}, got '='"},
      {"0x", "expected an integer of 64 bits, got '0x'"},
      {"0b12", "expected an integer of 64 bits, got '12'"},
  };
  expect_refused_values(refusals, variables());
  const Rendering limits[] = {
      {"n[]", "expected an index, got ']'"},
      {"9223372036854775808", "expected an integer of 64 bits, got '9223372036854775808'"},
      {"f(*items)", "arguments with * are not supported"},
      {"f(**items)", "arguments with * are not supported"},
  };
  expect_refused_values(limits, variables());
}

TEST(ExpressionParser, DepthIsBounded) {
  const auto message = [](std::string_view open, std::string_view close) {
    std::string source;
    for (int i = 0; i < 300; ++i) source += open;
    source += "1";
    for (int i = 0; i < 300; ++i) source += close;
    try {
      parse_template(cat("{{ ", source, " }}"));
    } catch (const Error& error) {
      return error.message();
    }
    return std::string("parsed");
  };
  EXPECT_EQ(message("(", ")"), "line 1: nested deeper than 150 levels");
  EXPECT_EQ(message("[", "]"), "line 1: nested deeper than 150 levels");
  EXPECT_EQ(message("-", ""), "line 1: nested deeper than 150 levels");
  EXPECT_EQ(message("not ", ""), "line 1: nested deeper than 150 levels");
  EXPECT_EQ(message("", " + 1"), "line 1: expression of more than 250 levels");
  EXPECT_EQ(message("", "|abs"), "line 1: expression of more than 250 levels");
  EXPECT_EQ(message("", "[0]"), "line 1: expression of more than 250 levels");
}

}  // namespace
}  // namespace lathe::text::jinja
