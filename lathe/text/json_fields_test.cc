// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/json_fields.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace lathe::text {
namespace {

using testing::error_of;

Json json(std::string_view text) { return Json::parse(text, "test"); }

TEST(JsonFields, AbsentAndNullAreTheSame) {
  const Json object = json(R"({"null": null, "yes": true, "text": "t"})");
  EXPECT_TRUE(field_or_null(object, "null").is_null());
  EXPECT_TRUE(field_or_null(object, "absent").is_null());
  EXPECT_TRUE(bool_field(object, "null", true));
  EXPECT_FALSE(bool_field(object, "absent", false));
  EXPECT_TRUE(bool_field(object, "yes", false));
  EXPECT_EQ(text_field(object, "null", "other"), "other");
  EXPECT_EQ(text_field(object, "absent", "other"), "other");
  EXPECT_EQ(text_field(object, "text", "other"), "t");
  EXPECT_EQ(text_field(object, "text"), "t");
}

TEST(JsonFields, RefusalsNameTheField) {
  const Json object = json(R"({"number": 1})");
  EXPECT_EQ(error_of([&] { bool_field(object, "number", true); }),
            "number: expected a boolean, got an integer");
  EXPECT_EQ(error_of([&] { text_field(object, "number", "x"); }),
            "number: expected a string, got an integer");
  EXPECT_EQ(error_of([&] { text_field(object, "absent"); }), "absent: field 'absent' is missing");
}

std::string types(std::string_view text) {
  const Json object = json(text);
  std::string out;
  for (const Json* component : components(object, "list")) {
    out += text_field(*component, "type");
  }
  return out;
}

TEST(JsonFields, SequencesAreOpened) {
  EXPECT_EQ(types("null"), "");
  EXPECT_EQ(types(R"({"type": "A"})"), "A");
  EXPECT_EQ(types(R"({"type": "Sequence", "list": []})"), "");
  EXPECT_EQ(types(R"({"type": "Sequence", "list": [{"type": "A"}, {"type": "Sequence",
                      "list": [{"type": "B"}, {"type": "C"}]}, {"type": "D"}]})"),
            "ABCD");
  EXPECT_EQ(error_of([] { types(R"({"type": "Sequence"})"); }), "field 'list' is missing");
  EXPECT_EQ(error_of([] { types(R"({"type": "Sequence", "list": [3]})"); }),
            "type: expected an object with field 'type', got an integer");
}

struct Row {
  std::string_view name;
  int value;
};

TEST(JsonFields, RowsAreFoundByType) {
  constexpr Row kRows[] = {{"One", 1}, {"Two", 2}};
  EXPECT_EQ(row_of_type(kRows, json(R"({"type": "Two"})")).value, 2);
  try {
    row_of_type(kRows, json(R"({"type": "two"})"));
    ADD_FAILURE() << "found";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_EQ(error.message(), "type 'two' is not known, expected one of One, Two");
  }
}

TEST(JsonFields, ItemsGetTheirContextOnlyWhereTheyFail) {
  int described = 0;
  const auto describe = [&] {
    ++described;
    return std::string("item 3");
  };
  EXPECT_EQ(with_item_context(describe, [] { return 7; }), 7);
  EXPECT_EQ(described, 0);
  EXPECT_EQ(
      error_of([&] { with_item_context(describe, [] { fail(ErrorCode::kCorrupt, "broken"); }); }),
      "item 3: broken");
  EXPECT_EQ(described, 1);
}

}  // namespace
}  // namespace lathe::text
