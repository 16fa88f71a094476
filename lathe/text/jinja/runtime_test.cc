// SPDX-License-Identifier: Apache-2.0
// Arguments find their parameters; work, bytes and depth are counted.
#include "lathe/text/jinja/runtime.h"

#include <gtest/gtest.h>

#include "lathe/base/error.h"
#include "tests/support/temp_dir.h"

namespace lathe::text::jinja {
namespace {

using testing::error_of;

// Its arguments with commas between them, - for one that was left out.
Value show(const Call& call) {
  std::string out;
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    out += cat(i == 0 ? "" : ",", call.has(i) ? call.at(i).as_string() : "-");
  }
  return Value(out);
}
constexpr Function kShow = {"show", "a b? c?", show};

Value count_raw(const Call& call) {
  return Value(static_cast<int64_t>(call.raw.positional.size() + 10 * call.raw.keyword.size()));
}
constexpr Function kAny = {"any", "*", count_raw};

Value run_with(const Function& function, const Arguments& arguments) {
  Runtime runtime({}, {});
  return run(function, runtime, Value(), arguments);
}

TEST(Runtime, ArgumentsFindTheirParameters) {
  EXPECT_EQ(run_with(kShow, {{Value("1")}, {}}).as_string(), "1,-,-");
  EXPECT_EQ(run_with(kShow, {{Value("1"), Value("2"), Value("3")}, {}}).as_string(), "1,2,3");
  EXPECT_EQ(run_with(kShow, {{Value("1")}, {{"c", Value("3")}}}).as_string(), "1,-,3");
  EXPECT_EQ(run_with(kShow, {{}, {{"b", Value("2")}, {"a", Value("1")}}}).as_string(), "1,2,-");
  EXPECT_EQ(run_with(kAny, {{Value(), Value()}, {{"x", Value()}}}).as_integer(), 12);
}

TEST(Runtime, ArgumentsThatDoNotFitAreRefused) {
  const auto message = [](const Arguments& arguments) {
    return error_of([&] { run_with(kShow, arguments); });
  };
  EXPECT_EQ(message({}), "show: argument 'a' is missing");
  EXPECT_EQ(message({{}, {{"b", Value("2")}}}), "show: argument 'a' is missing");
  EXPECT_EQ(message({std::vector<Value>(4, Value("1")), {}}),
            "show: expected at most 3 arguments, got 4");
  EXPECT_EQ(message({{Value("1")}, {{"d", Value("4")}}}), "show: unknown argument 'd'");
  EXPECT_EQ(message({{Value("1")}, {{"a", Value("1")}}}), "show: argument 'a' is given twice");
}

TEST(Runtime, FunctionsCountWhatTheyAreGiven) {
  Runtime runtime({.steps = 100}, {});
  const Value text(std::string(5760, 'x'));  // 90 steps, one for 64 bytes
  run(kShow, runtime, Value(), {{text}, {}});
  EXPECT_EQ(error_of([&] { run(kShow, runtime, Value(), {{text}, {}}); }), "more than 100 steps");
}

TEST(Runtime, StepsAndBytesAreCounted) {
  Runtime runtime({.steps = 3, .bytes = 10}, {});
  runtime.step();
  runtime.step(2);
  EXPECT_EQ(error_of([&] { runtime.step(); }), "more than 3 steps");
  runtime.charge(4);
  EXPECT_EQ(runtime.text("abcdef").as_string(), "abcdef");
  EXPECT_EQ(error_of([&] { runtime.text("x"); }), "more than 10 bytes of text and values");
  EXPECT_EQ(error_of([&] { runtime.list({Value()}); }), "more than 10 bytes of text and values");
  EXPECT_EQ(error_of([&] { runtime.make_namespace(); }), "more than 10 bytes of text and values");
}

TEST(Runtime, ManyKeysCostWhatComparingThemCosts) {
  std::vector<std::pair<Value, Value>> items;
  for (int64_t i = 0; i < 800; ++i) items.emplace_back(Value(i), Value());
  EXPECT_EQ(Runtime({.steps = 10'000}, {}).dict(items).as_dict().items.size(), 800u);
  EXPECT_EQ(error_of([&] { Runtime({.steps = 9'999}, {}).dict(items); }), "more than 9999 steps");
}

TEST(Runtime, LevelsEndWithTheirHolder) {
  Runtime runtime({.depth = 2}, {});
  for (int i = 0; i < 3; ++i) {
    const Runtime::Level one(runtime);
    const Runtime::Level two(runtime);
    EXPECT_EQ(error_of([&] { const Runtime::Level three(runtime); }),
              "nested deeper than 2 levels");
  }
}

TEST(Runtime, CallsWhatMayBeCalled) {
  Runtime runtime({}, {});
  const Value twice(Callable{"twice", [](Runtime&, const Arguments& arguments) {
                               return Value(2 * arguments.positional.at(0).as_integer());
                             }});
  EXPECT_EQ(runtime.call(twice, {{Value(int64_t{4})}, {}}).as_integer(), 8);
  EXPECT_EQ(error_of([&] { runtime.call(Value("a"), {}); }),
            "expected a function to call, got str");
  EXPECT_EQ(error_of([&] { runtime.call(Value::undefined("f"), {}); }), "'f' is undefined");
}

TEST(Runtime, TablesKnowNoNameTwice) {
  EXPECT_EQ(find_method(Value("a"), "upper")->name, "upper");
  EXPECT_EQ(find_method(Value("a"), "append"), nullptr);
  EXPECT_EQ(find_method(Value::list({}), "upper"), nullptr);
  EXPECT_EQ(find_method(Value(), "upper"), nullptr);
  std::vector<std::string> names;
  for (const auto& [name, function] : global_functions()) {
    EXPECT_NE(function.as_callable(), nullptr) << name;
    for (const std::string& known : names) EXPECT_NE(known, name);
    names.push_back(name);
  }
}

}  // namespace
}  // namespace lathe::text::jinja
