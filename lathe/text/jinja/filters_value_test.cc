// SPDX-License-Identifier: Apache-2.0
// Filters between kinds of values.
#include "lathe/text/jinja/filters.h"
#include "tests/support/render.h"

namespace lathe::text::jinja {
namespace {

using testing::expect_refused_values;
using testing::expect_values;
using testing::Rendering;

TEST(ValueFilters, DefaultReplacesWhatIsUndefinedAndOnDemandWhatIsFalse) {
  const Rendering values[] = {
      {"missing|default('d')", "d"},     {"missing|default", ""},
      {"none|default('d')", "None"},     {"none|default('d', true)", "d"},
      {"0|default('d')", "0"},           {"0|default('d', true)", "d"},
      {"''|d('x', boolean=true)", "x"},  {"[]|d('x', true)", "x"},
      {"'a'|default('d', true)", "a"},   {"missing|default(default_value='d')", "d"},
      {"missing|default(none)", "None"},
  };
  expect_values(values);
}

TEST(ValueFilters, IntReadsWhatPythonReads) {
  const Rendering values[] = {
      {"'3'|int", "3"},      {"' -12 '|int", "-12"},
      {"'+5'|int", "5"},     {"'+-5'|int", "0"},
      {"'3.9'|int", "3"},    {"'-4.5'|int", "-4"},
      {"'1e3'|int", "1000"}, {"'x'|int", "0"},
      {"'x'|int(5)", "5"},   {"'x'|int(default=7)", "7"},
      {"''|int", "0"},       {"'1_000'|int", "1000"},
      {"'1__0'|int", "0"},   {"'_1'|int", "0"},
      {"'1_'|int", "0"},     {"'0x1A'|int", "0"},
      {"3.9|int", "3"},      {"-3.9|int", "-3"},
      {"true|int", "1"},     {"none|int", "0"},
      {"[1]|int(2)", "2"},   {"'inf'|int(9)", "9"},
      {"'nan'|int", "0"},    {"'9223372036854775807'|int", "9223372036854775807"},
  };
  expect_values(values);
}

TEST(ValueFilters, IntReadsOtherBases) {
  const Rendering values[] = {
      {"'ff'|int(0, 16)", "255"}, {"'0xFF'|int(0, 16)", "255"}, {"'-0x1a'|int(0, 16)", "-26"},
      {"'0b11'|int(0, 2)", "3"},  {"'11'|int(base=2)", "3"},    {"'0o17'|int(0, 8)", "15"},
      {"'12'|int(base=8)", "10"}, {"'zz'|int(7, 36)", "1295"},  {"'8'|int(7, 8)", "8"},
      {"'0x10'|int(0, 0)", "16"}, {"'19'|int(base=0)", "19"},   {"'g'|int(7, 16)", "7"},
      {"'0b2'|int(7, 2)", "7"},
  };
  expect_values(values);
}

TEST(ValueFilters, FloatReadsWhatPythonReads) {
  const Rendering values[] = {
      {"'2.5'|float", "2.5"},     {"'x'|float", "0.0"},   {"'x'|float(1.5)", "1.5"},
      {"3|float", "3.0"},         {"true|float", "1.0"},  {"' -1e3 '|float", "-1000.0"},
      {"'inf'|float", "inf"},     {"'nan'|float", "nan"}, {"'1_0.5'|float", "10.5"},
      {"none|float(2.0)", "2.0"}, {"'.5'|float", "0.5"},  {"'5.'|float", "5.0"},
  };
  expect_values(values);
}

TEST(ValueFilters, AbsGivesNumbersEvenOfTrue) {
  const Rendering values[] = {
      {"(-3)|abs", "3"}, {"-3|abs", "3"},     {"2.5|abs", "2.5"}, {"(-2.5)|abs", "2.5"},
      {"true|abs", "1"}, {"-0.0|abs", "0.0"}, {"0|abs", "0"},
  };
  expect_values(values);
}

TEST(ValueFilters, RoundRoundsTheExactValueHalvesToEven) {
  const Rendering values[] = {
      {"2.5|round", "2.0"},
      {"3.5|round", "4.0"},
      {"-2.5|round", "-2.0"},
      {"42.55|round(1)", "42.5"},
      {"2.675|round(2)", "2.67"},
      {"0.15|round(1)", "0.1"},
      {"0.125|round(2)", "0.12"},
      {"1e300|round(2)", "1e+300"},
      {"1250.0|round(-2)", "1200.0"},
      {"1350.0|round(-2)", "1400.0"},
      {"42|round", "42"},
      {"42|round(1)", "42"},
      {"1234|round(-2)", "1200"},
      {"1250|round(-2)", "1200"},
      {"5.5|round(-400)", "0.0"},
      {"true|round", "1"},
      {"0.1|round(400)", "0.1"},
      {"2.1|round(0, 'ceil')", "3.0"},
      {"2.9|round(method='floor')", "2.0"},
      {"42.55|round(1, 'floor')", "42.5"},
      {"7|round(0, 'ceil')", "7.0"},
      {"-2.1|round(0, 'ceil')", "-2.0"},
      {"1234|round(-2, 'ceil')", "1300.0"},
  };
  expect_values(values);
}

TEST(ValueFilters, ItemsAndDictsortGivePairs) {
  const Rendering values[] = {
      {"{'b': 1, 'a': 2}|items|list", "[('b', 1), ('a', 2)]"},
      {"missing|items|list", "[]"},
      {"{'b': 1, 'A': 2}|dictsort", "[('A', 2), ('b', 1)]"},
      {"{'b': 1, 'A': 2, 'a': 3}|dictsort(true)", "[('A', 2), ('a', 3), ('b', 1)]"},
      {"{'a': 2, 'b': 1}|dictsort(by='value')", "[('b', 1), ('a', 2)]"},
      {"{'a': 'Y', 'b': 'x'}|dictsort(false, 'value')", "[('b', 'x'), ('a', 'Y')]"},
      {"{'a': 1, 'b': 2}|dictsort(reverse=true)", "[('b', 2), ('a', 1)]"},
      {"{3: 0, 1: 0}|dictsort", "[(1, 0), (3, 0)]"},
      {"{}|dictsort", "[]"},
  };
  expect_values(values);
}

TEST(ValueFilters, TojsonTakesTheStyleOfPythonsJson) {
  const Rendering values[] = {
      {"{'a': [1, 2.0, none, true]}|tojson", R"({"a": [1, 2.0, null, true]})"},
      {"'<é>'|tojson", "\"<é>\""},
      {"'é'|tojson(true)", R"("\u00e9")"},
      {"'é'|tojson(ensure_ascii=true)", R"("\u00e9")"},
      {"[1, {}]|tojson(indent=2)", "[\n  1,\n  {}\n]"},
      {"[1, 2]|tojson(separators=(',', ':'))", "[1,2]"},
      {"{'b': 1, 'a': 2}|tojson(separators=(',', ':'), sort_keys=true)", R"({"a":2,"b":1})"},
      {"[1]|tojson(indent=0)", "[\n1\n]"},
      {"{1: 'a', none: 'b', true: 'c'}|tojson", R"({"1": "c", "null": "b"})"},
      {"(1, 'x')|tojson", R"([1, "x"])"},
  };
  expect_values(values);
}

TEST(ValueFilters, Refusals) {
  const Rendering refusals[] = {
      {"missing|int", "'missing' is undefined"},
      {"missing|float", "'missing' is undefined"},
      {"'a'|abs", "expected a number, got str"},
      {"none|abs", "expected a number, got NoneType"},
      {"'a'|round", "expected a number, got str"},
      {"1.5|round(0, 'up')", "round: method 'up' is not known"},
      {"1.5|round('a')", "expected an integer, got str"},
      {"[1]|dictsort", "expected a dict, got list"},
      {"{'a': 1, 2: 3}|dictsort", "unsupported operand types for <: int and str"},
      {"missing|tojson", "tojson: a value of type Undefined has no JSON form"},
      {"range|tojson", "tojson: a value of type function has no JSON form"},
      {"{(1,): 2}|tojson", "tojson: a key of type tuple"},
      {"[1]|tojson(separators=(',',))", "tojson: expected two separators"},
      {"{'a': 1, 2: 3}|tojson(sort_keys=true)", "expected a string, got int"},
  };
  expect_refused_values(refusals);
  const Rendering limits[] = {
      {"5|items", "expected a dict, got int"},
      {"'99999999999999999999'|int", "integer of more than 64 bits"},
      {"1e20|int", "integer of more than 64 bits"},
  };
  expect_refused_values(limits);
}

}  // namespace
}  // namespace lathe::text::jinja
