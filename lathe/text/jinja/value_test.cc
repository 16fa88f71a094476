// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/jinja/value.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace lathe::text::jinja {
namespace {

using testing::error_of;

Value integers(int64_t count) {
  std::vector<Value> items;
  for (int64_t i = 0; i < count; ++i) items.emplace_back(i);
  return Value::list(std::move(items));
}

TEST(Value, FromJsonKeepsKindsAndOrder) {
  const Value value = Value::from_json(
      Json::parse(R"({"z": [1, 2.5, null, true, "t"], "a": {"k": 9007199254740993}})", "json"));
  ASSERT_TRUE(value.is_dict());
  EXPECT_EQ(value.as_dict().items[0].first, Value("z"));
  const std::vector<Value>& items = value.as_dict().items[0].second.as_list().items;
  ASSERT_EQ(items.size(), 5u);
  EXPECT_EQ(items[0].as_integer(), 1);
  EXPECT_EQ(items[1].as_number(), 2.5);
  EXPECT_TRUE(items[2].is_none());
  EXPECT_TRUE(items[3].as_bool());
  EXPECT_EQ(items[4].as_string(), "t");
  EXPECT_EQ(value.as_dict().find(Value("a"))->as_dict().find(Value("k"))->as_integer(),
            9007199254740993);
}

TEST(Value, TypeNamesArePythons) {
  Namespace space;
  const std::pair<Value, std::string_view> cases[] = {
      {Value(), "NoneType"},        {Value(true), "bool"},
      {Value(int64_t{1}), "int"},   {Value(1.5), "float"},
      {Value("a"), "str"},          {integers(1), "list"},
      {Value::tuple({}), "tuple"},  {Value::dict({}), "dict"},
      {Value(&space), "namespace"}, {Value::undefined("x"), "Undefined"},
  };
  for (const auto& test : cases) EXPECT_EQ(test.first.type_name(), test.second);
}

TEST(Value, EmptyAndZeroAreFalse) {
  Namespace space;
  for (const Value& value :
       {Value(), Value(false), Value(int64_t{0}), Value(0.0), Value(-0.0), Value(""),
        Value::list({}), Value::tuple({}), Value::dict({}), Value::undefined("x")}) {
    EXPECT_FALSE(value.truthy()) << value.type_name();
  }
  for (const Value& value :
       {Value(true), Value(int64_t{-1}), Value(0.1), Value("0"), integers(1),
        Value::tuple({Value()}), Value::dict({{Value(), Value()}}), Value(&space)}) {
    EXPECT_TRUE(value.truthy()) << value.type_name();
  }
}

TEST(Value, ReadsRefuseOtherKindsByName) {
  EXPECT_EQ(error_of([] { Value("a").as_integer(); }), "expected an integer, got str");
  EXPECT_EQ(error_of([] { Value(1.5).as_integer(); }), "expected an integer, got float");
  EXPECT_EQ(error_of([] { Value().as_number(); }), "expected a number, got NoneType");
  EXPECT_EQ(error_of([] { Value(int64_t{1}).as_string(); }), "expected a string, got int");
  EXPECT_EQ(error_of([] { Value("a").as_list(); }), "expected a list, got str");
  EXPECT_EQ(error_of([] { Value::tuple({}).as_dict(); }), "expected a dict, got tuple");
  EXPECT_EQ(error_of([] { Value(int64_t{1}).as_bool(); }), "expected a bool, got int");
  EXPECT_EQ(error_of([] { Value::undefined("x").as_string(); }), "'x' is undefined");
  EXPECT_EQ(Value(true).as_integer(), 1);
  EXPECT_EQ(Value(int64_t{3}).as_number(), 3.0);
}

TEST(Value, OfEqualKeysTheLastValueWinsAtTheFirstPlace) {
  const Value value = Value::dict({{Value("a"), Value("old")},
                                   {Value("b"), Value("b")},
                                   {Value("a"), Value("new")},
                                   {Value(int64_t{1}), Value("int")},
                                   {Value(1.0), Value("float")}});
  const Dict& dict = value.as_dict();
  ASSERT_EQ(dict.items.size(), 3u);
  EXPECT_EQ(dict.items[0].second.as_string(), "new");
  EXPECT_EQ(dict.find(Value(true))->as_string(), "float");
  EXPECT_EQ(dict.find(Value("c")), nullptr);
}

TEST(Value, NamespacesAreSharedAndEqualOnlyThemselves) {
  Namespace space;
  Namespace other;
  const Value first(&space);
  const Value second(&space);
  second.as_namespace()->set("n", Value(int64_t{1}));
  second.as_namespace()->set("n", Value(int64_t{2}));
  EXPECT_EQ(first.as_namespace()->find("n")->as_integer(), 2);
  EXPECT_EQ(space.items.size(), 1u);
  EXPECT_EQ(space.find("m"), nullptr);
  EXPECT_EQ(first, second);
  EXPECT_FALSE(first == Value(&other));
  EXPECT_EQ(Value("a").as_namespace(), nullptr);
  EXPECT_EQ(first.as_callable(), nullptr);
}

TEST(Value, NestingIsBounded) {
  Value nested = Value::list({});
  for (int level = 1; level < kMaxNesting; ++level) nested = Value::list({nested});
  EXPECT_EQ(nested.extent().nesting, kMaxNesting);
  EXPECT_EQ(error_of([&] { Value::list({nested}); }), "values nested deeper than 100 levels");
  EXPECT_EQ(error_of([&] { Value::tuple({nested}); }), "values nested deeper than 100 levels");
  EXPECT_EQ(error_of([&] {
              Value::dict({{Value("k"), nested}});
            }),
            "values nested deeper than 100 levels");
}

TEST(Value, WeightCountsASharedPartEachTime) {
  const Value leaf = integers(3);
  EXPECT_EQ(leaf.extent().weight, 4);
  EXPECT_EQ(Value::list({leaf, leaf}).extent().weight, 9);
  EXPECT_EQ(Value::dict({{Value("k"), leaf}}).extent().weight, 6);
  Value doubled = leaf;
  for (int i = 0; i < 90; ++i) doubled = Value::list({doubled, doubled});
  EXPECT_GT(doubled.extent().weight, int64_t{1} << 59) << "saturates, does not wrap";
  EXPECT_EQ(Value(std::string(6400, 'x')).extent().weight, 101) << "a step for 64 bytes";
}

}  // namespace
}  // namespace lathe::text::jinja
