// SPDX-License-Identifier: Apache-2.0
// Values as text, as Python's str and repr write them.
#include "lathe/text/jinja/python_repr.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace lathe::text::jinja {
namespace {

TEST(PythonRepr, FloatsHaveTheShortestDigitsThatReadBack) {
  const std::pair<double, std::string_view> cases[] = {
      {0.0, "0.0"},
      {-0.0, "-0.0"},
      {1.0, "1.0"},
      {-2.5, "-2.5"},
      {0.1, "0.1"},
      {0.1 + 0.2, "0.30000000000000004"},
      {1.0 / 3.0, "0.3333333333333333"},
      {100.0, "100.0"},
      {123456789.125, "123456789.125"},
      {9999999999999998.0, "9999999999999998.0"},
      {1e16, "1e+16"},
      {1.5e300, "1.5e+300"},
      {0.0001, "0.0001"},
      {0.00001, "1e-05"},
      {1.25e-7, "1.25e-07"},
      {5e-324, "5e-324"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {std::numeric_limits<double>::infinity(), "inf"},
      {-std::numeric_limits<double>::infinity(), "-inf"},
      {std::nan(""), "nan"},
  };
  for (const auto& test : cases) EXPECT_EQ(float_repr(test.first), test.second);
}

TEST(PythonRepr, TextsAreQuotedAsPythonQuotesThem) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "''"},
      {"plain", "'plain'"},
      {"it's", "\"it's\""},
      {"\"q\"", "'\"q\"'"},
      {"it's \"q\"", "'it\\'s \"q\"'"},
      {"a\\b", "'a\\\\b'"},
      {"\n\r\t", "'\\n\\r\\t'"},
      {"\x01\x1f\x7f", "'\\x01\\x1f\\x7f'"},
      {"é漢😀", "'é漢😀'"},
      {"\u00a0", "'\\xa0'"},
      {"\u00ad", "'\\xad'"},
      {"\u200b\u2028", "'\\u200b\\u2028'"},
      {"\u3000", "'\\u3000'"},
      {"\U000E0001", "'\\U000e0001'"},
      {"e\u0301", "'e\u0301'"},
      {"\uE000", "'\\ue000'"},
  };
  for (const auto& test : cases) EXPECT_EQ(to_repr(Value(test.first)), test.second);
}

TEST(PythonRepr, Containers) {
  const Value one(int64_t{1});
  EXPECT_EQ(to_repr(Value::list({})), "[]");
  EXPECT_EQ(to_repr(Value::list({one, Value("a"), Value(), Value(true)})), "[1, 'a', None, True]");
  EXPECT_EQ(to_repr(Value::tuple({})), "()");
  EXPECT_EQ(to_repr(Value::tuple({one})), "(1,)");
  EXPECT_EQ(to_repr(Value::tuple({one, Value(2.0)})), "(1, 2.0)");
  EXPECT_EQ(to_repr(Value::dict({})), "{}");
  EXPECT_EQ(to_repr(Value::dict({{Value("a"), one}, {one, Value::list({Value("b")})}})),
            "{'a': 1, 1: ['b']}");
  EXPECT_EQ(to_repr(Value::list({Value::undefined("x")})), "[Undefined]");
}

TEST(PythonRepr, StrLeavesTextsAloneAndUndefinedOut) {
  EXPECT_EQ(to_str(Value("it's\n")), "it's\n");
  EXPECT_EQ(to_str(Value::undefined("x")), "");
  EXPECT_EQ(to_str(Value()), "None");
  EXPECT_EQ(to_str(Value(false)), "False");
  EXPECT_EQ(to_str(Value(INT64_MIN)), "-9223372036854775808");
  EXPECT_EQ(to_str(Value::list({Value("a")})), "['a']");
}

}  // namespace
}  // namespace lathe::text::jinja
