// SPDX-License-Identifier: Apache-2.0
// Operators compute what Python's compute, up to 64 bits.
#include "lathe/text/jinja/operators.h"

#include "tests/support/render.h"

namespace lathe::text::jinja {
namespace {

using testing::expect_refused_values;
using testing::expect_values;
using testing::Rendering;

TEST(Operators, DivisionRoundsDownAndRestsHaveTheDivisorsSign) {
  const Rendering values[] = {
      {"7 // 2", "3"},
      {"-7 // 2", "-4"},
      {"7 // -2", "-4"},
      {"-7 // -2", "3"},
      {"6 // -3", "-2"},
      {"7 % 3", "1"},
      {"-7 % 3", "2"},
      {"7 % -3", "-2"},
      {"-7 % -3", "-1"},
      {"6 % -3", "0"},
      {"7.5 // 2", "3.0"},
      {"-7.5 // 2", "-4.0"},
      {"7.5 % -2", "-0.5"},
      {"-7.5 % 2", "0.5"},
      {"1.0 // 0.1", "9.0"},
      {"1 // 0.1", "9.0"},
      {"6.0 // 2", "3.0"},
      {"4 / 2", "2.0"},
      {"1 / 3", "0.3333333333333333"},
      {"-9223372036854775807 // -1", "9223372036854775807"},
      {"5 % -1", "0"},
      {"5 // -1", "-5"},
  };
  expect_values(values);
}

TEST(Operators, PowersStayIntegersForExponentsOfZeroAndMore) {
  const Rendering values[] = {
      {"2 ** 10", "1024"},       {"2 ** 62", "4611686018427387904"},
      {"0 ** 0", "1"},           {"(-3) ** 3", "-27"},
      {"(-1) ** 1000001", "-1"}, {"1 ** 9223372036854775807", "1"},
      {"0 ** 5", "0"},           {"2 ** -2", "0.25"},
      {"4 ** 0.5", "2.0"},       {"2.0 ** 3", "8.0"},
      {"2 ** 3 ** 2", "64"},     {"-2 ** 2", "4"},
  };
  expect_values(values);
}

TEST(Operators, TrueAndFalseCountAsOneAndZero) {
  const Rendering values[] = {
      {"true + true", "2"}, {"true * 3", "3"},     {"7 - false", "7"},    {"true / 2", "0.5"},
      {"-true", "-1"},      {"true == 1", "True"}, {"false < 1", "True"},
  };
  expect_values(values);
}

TEST(Operators, FloatsAreDoubles) {
  const Rendering values[] = {
      {"0.1 + 0.2", "0.30000000000000004"},
      {"1e308 * 10", "inf"},
      {"-1e308 * 10", "-inf"},
      {"1e308 * 10 - 1e308 * 10", "nan"},
      {"3 - 0.5", "2.5"},
      {"2 * 1.5", "3.0"},
      {"-0.0", "-0.0"},
      {"+1.5", "1.5"},
  };
  expect_values(values);
}

TEST(Operators, SequencesAreAddedAndRepeated) {
  const Rendering values[] = {
      {"'ab' + 'c'", "abc"},
      {"[1] + [2, 3]", "[1, 2, 3]"},
      {"(1,) + (2,)", "(1, 2)"},
      {"'ab' * 2", "abab"},
      {"2 * 'ab'", "abab"},
      {"'ab' * 0", ""},
      {"'ab' * -3", ""},
      {"[0] * 3", "[0, 0, 0]"},
      {"2 * [1, 2]", "[1, 2, 1, 2]"},
      {"(1, 2) * 2", "(1, 2, 1, 2)"},
      {"[] * 5", "[]"},
  };
  expect_values(values);
}

TEST(Operators, ATildeJoinsTheTextsOfAnything) {
  const Rendering values[] = {
      {"1 ~ 2", "12"},      {"none ~ true", "NoneTrue"}, {"[1, 'a'] ~ 'x'", "[1, 'a']x"},
      {"missing ~ 1", "1"}, {"'a' ~ (1 + 2)", "a3"},     {"1.0 ~ ''", "1.0"},
  };
  expect_values(values);
}

TEST(Operators, EqualityIsByValue) {
  const Rendering values[] = {
      {"1 == 1.0", "True"},
      {"1 == '1'", "False"},
      {"none == false", "False"},
      {"'' == none", "False"},
      {"[1, 2] == [1.0, 2]", "True"},
      {"[1, 2] == [2, 1]", "False"},
      {"(1, 2) == [1, 2]", "False"},
      {"(1,) == (1,)", "True"},
      {"{} == {}", "True"},
      {"{'a': 1, 'b': 2} == {'b': 2, 'a': 1}", "True"},
      {"{'a': 1} == {'a': 2}", "False"},
      {"{'a': 1} == {'b': 1}", "False"},
      {"{'a': 1} == {}", "False"},
      {"missing == other", "True"},
      {"1 != 1.5", "True"},
      {"'a' != 'a'", "False"},
  };
  expect_values(values);
}

TEST(Operators, OrderIsThatOfNumbersTextsAndLists) {
  const Rendering values[] = {
      {"1 < 1.5", "True"},
      {"2 <= 2.0", "True"},
      {"2 > 2", "False"},
      {"3 >= 2", "True"},
      {"'a' < 'b'", "True"},
      {"'B' < 'a'", "True"},
      {"'ab' < 'a'", "False"},
      {"'é' > 'z'", "True"},
      {"[1, 2] < [1, 3]", "True"},
      {"[1, 2] < [1, 2, 0]", "True"},
      {"[] < [0]", "True"},
      {"[2] >= [1, 9]", "True"},
      {"(1, 'b') > (1, 'a')", "True"},
      {"1 < 2 < 3", "True"},
      {"1 < 3 < 2", "False"},
      {"3 > 2 == 2", "True"},
      {"1 < 2 > 1 != 5", "True"},
  };
  expect_values(values);
}

TEST(Operators, InAsksForKeysItemsAndPartsOfTexts) {
  const Rendering values[] = {
      {"'b' in 'abc'", "True"},    {"'' in 'abc'", "True"},     {"'ac' in 'abc'", "False"},
      {"1.0 in [1]", "True"},      {"true in [1]", "True"},     {"[1] in [[1]]", "True"},
      {"'a' in {'a': 1}", "True"}, {"1 in {'a': 1}", "False"},  {"none in [none]", "True"},
      {"2 not in [1]", "True"},    {"'x' in missing", "False"}, {"'x' not in missing", "True"},
      {"2 in (1, 2)", "True"},     {"not 1 in [1]", "False"},
  };
  expect_values(values);
}

TEST(Operators, AndAndOrGiveAnOperandAndLookNoFurtherThanNeeded) {
  const Rendering values[] = {
      {"[] or {} or 'x'", "x"},      {"'' or 0", "0"},        {"1 and 'b'", "b"},
      {"0 and missing.x", "0"},      {"1 or missing.x", "1"}, {"0 and 1 or 2", "2"},
      {"1 or 0 and missing.x", "1"}, {"not []", "True"},      {"not 'a'", "False"},
      {"not missing", "True"},       {"not 0.0", "True"},     {"not (0,)", "False"},
  };
  expect_values(values);
}

TEST(Operators, RefusalsNameTheSignAndTheTypes) {
  const Rendering refusals[] = {
      {"1 + 'a'", "unsupported operand types for +: int and str"},
      {"'a' + 1", "unsupported operand types for +: str and int"},
      {"'a' ~ 1 + 2", "unsupported operand types for +: str and int"},
      {"[1] + (2,)", "unsupported operand types for +: list and tuple"},
      {"'a' - 'b'", "unsupported operand types for -: str and str"},
      {"none * 2", "unsupported operand types for *: NoneType and int"},
      {"'a' * 1.5", "unsupported operand types for *: str and float"},
      {"{} / 2", "unsupported operand types for /: dict and int"},
      {"'a' // 2", "unsupported operand types for //: str and int"},
      {"[] % 2", "unsupported operand types for %: list and int"},
      {"'a' ** 2", "unsupported operand types for **: str and int"},
      {"1 < 'a'", "unsupported operand types for <: int and str"},
      {"none < none", "unsupported operand types for <: NoneType and NoneType"},
      {"{} < {}", "unsupported operand types for <: dict and dict"},
      {"[1] < ['a']", "unsupported operand types for <: int and str"},
      {"missing + 1", "'missing' is undefined"},
      {"1 + missing", "'missing' is undefined"},
      {"missing < 1", "'missing' is undefined"},
      {"1 / 0", "division by zero"},
      {"1 // 0.0", "division by zero"},
      {"1.5 % 0", "division by zero"},
      {"0 ** -1", "division by zero"},
      {"1 in 2", "expected a list, got int"},
      {"1 in 'a'", "expected a string, got int"},
      {"-'a'", "expected a number, got str"},
      {"-none", "expected a number, got NoneType"},
      {"-missing", "'missing' is undefined"},
  };
  expect_refused_values(refusals);
}

TEST(Operators, IntegersOfMoreThan64BitsAreRefused) {
  for (const char* source :
       {"9223372036854775807 + 1", "-9223372036854775807 - 2", "3037000500 * 3037000500", "2 ** 63",
        "-(-9223372036854775807 - 1)", "(-9223372036854775807 - 1) // -1"}) {
    const Rendering refusal[] = {{source, "integer of more than 64 bits"}};
    expect_refused_values(refusal);
  }
}

}  // namespace
}  // namespace lathe::text::jinja
