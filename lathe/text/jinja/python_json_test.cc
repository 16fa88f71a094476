// SPDX-License-Identifier: Apache-2.0
// Values as JSON, as Python's json.dumps writes it.
#include <gtest/gtest.h>

#include <limits>

#include "lathe/text/jinja/python_repr.h"
#include "tests/support/temp_dir.h"

namespace lathe::text::jinja {
namespace {

using testing::error_of;

Value from_text(std::string_view json) { return Value::from_json(Json::parse(json, "test")); }

TEST(PythonJson, OneLineHasSpacesBehindCommasAndColons) {
  for (const char* text :
       {"null", "true", "false", "0", "-7", "2.5", "100.0", "1e+16", "1e-05", "\"a\"", "[]", "{}",
        "[1, [2, []], {}]", R"({"b": 1, "a": {"c": null}})", R"("\"\\\n\r\t\f\b")"}) {
    EXPECT_EQ(to_json(from_text(text), {}), text);
  }
}

TEST(PythonJson, TextsEscapeWhatJsonMust) {
  EXPECT_EQ(to_json(Value("\x01\x1f\x7f/<é>"), {}), "\"\\u0001\\u001f\x7f/<é>\"");
  const JsonStyle ascii{.ensure_ascii = true};
  EXPECT_EQ(to_json(Value("é漢\x7f"), ascii), R"("\u00e9\u6f22\u007f")");
  EXPECT_EQ(to_json(Value("😀"), ascii), R"("\ud83d\ude00")");
  EXPECT_EQ(to_json(Value("\U0010FFFF"), ascii), R"("\udbff\udfff")");
}

TEST(PythonJson, IndentPutsEachItemOnALine) {
  const Value value = from_text(R"({"a": [1, {"b": []}], "c": {}})");
  EXPECT_EQ(to_json(value, {.indent = 2, .item_separator = ","}),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n    }\n  ],\n  \"c\": {}\n}");
  EXPECT_EQ(to_json(from_text("[1, 2]"), {.indent = 0, .item_separator = ","}), "[\n1,\n2\n]");
}

TEST(PythonJson, SeparatorsAreTheCallers) {
  const JsonStyle tight{.item_separator = ",", .key_separator = ":"};
  EXPECT_EQ(to_json(from_text(R"({"a": [1, 2], "b": 3})"), tight), R"({"a":[1,2],"b":3})");
}

TEST(PythonJson, KeysAreTextsButSortedAsWhatTheyAre) {
  const Value numbers = Value::dict({{Value(int64_t{10}), Value("ten")},
                                     {Value(int64_t{9}), Value("nine")},
                                     {Value(1.5), Value("float")}});
  EXPECT_EQ(to_json(numbers, {}), R"({"10": "ten", "9": "nine", "1.5": "float"})");
  EXPECT_EQ(to_json(numbers, {.sort_keys = true}), R"({"1.5": "float", "9": "nine", "10": "ten"})");
  EXPECT_EQ(to_json(from_text(R"({"b": 1, "a": {"d": 2, "c": 3}})"), {.sort_keys = true}),
            R"({"a": {"c": 3, "d": 2}, "b": 1})");
  EXPECT_EQ(to_json(Value::dict({{Value(), Value(true)}, {Value(false), Value()}}), {}),
            R"({"null": true, "false": null})");
}

TEST(PythonJson, NumbersThatAreNoneHavePythonsNames) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(to_json(Value::list({Value(kInfinity), Value(-kInfinity), Value(kInfinity * 0)}), {}),
            "[Infinity, -Infinity, NaN]");
}

TEST(PythonJson, WhatHasNoFormIsRefused) {
  Namespace space;
  EXPECT_EQ(error_of([] { to_json(Value::undefined("x"), {}); }),
            "tojson: a value of type Undefined has no JSON form");
  EXPECT_EQ(error_of([&] { to_json(Value::list({Value(&space)}), {}); }),
            "tojson: a value of type namespace has no JSON form");
  EXPECT_EQ(error_of([] {
              to_json(Value::dict({{Value::tuple({}), Value()}}), {});
            }),
            "tojson: a key of type tuple");
}

}  // namespace
}  // namespace lathe::text::jinja
