// SPDX-License-Identifier: Apache-2.0
// Structs through their field lists: every type a field may have, and every way its JSON is wrong.
#include "lathe/base/fields.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <span>

#include "tests/support/temp_dir.h"

namespace lathe {
namespace {

using testing::error_of;

enum class Colour { kRed, kGreen };
std::span<const Colour> enum_values(Colour) {
  static constexpr std::array kAll = {Colour::kRed, Colour::kGreen};
  return kAll;
}
std::string_view to_string(Colour colour) { return colour == Colour::kRed ? "red" : "green"; }

struct Part {
  int32_t n = 1;
  bool operator==(const Part&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("n", &Part::n);
  }
};

struct Everything {
  bool flag = false;
  int8_t small = 0;
  uint16_t port = 0;
  int64_t big = 0;
  float eps = 0;
  double ratio = 0;
  std::string name;
  Colour colour = Colour::kRed;
  Part part;
  std::optional<int> maybe;
  std::vector<std::vector<int>> table;
  Json any;
  bool operator==(const Everything&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("flag", &Everything::flag);
    v("small", &Everything::small);
    v("port", &Everything::port);
    v("big", &Everything::big);
    v("eps", &Everything::eps);
    v("ratio", &Everything::ratio);
    v("name", &Everything::name);
    v("colour", &Everything::colour);
    v("part", &Everything::part);
    v("maybe", &Everything::maybe);
    v("table", &Everything::table);
    v("any", &Everything::any);
  }
};

Everything example() {
  Everything value;
  value.flag = true;
  value.small = -128;
  value.port = 65535;
  value.big = std::numeric_limits<int64_t>::min();
  value.eps = 1e-6f;
  value.ratio = 0.1;
  value.name = "a\"b";
  value.colour = Colour::kGreen;
  value.part.n = -3;
  value.maybe = 0;
  value.table = {{1, 2}, {}, {3}};
  value.any = Json::parse(R"({"x":[null]})", "t");
  return value;
}

TEST(FieldsTypes, EveryTypeReadsBackAsItself) {
  EXPECT_EQ(from_json<Everything>(to_json(example())), example());
  EXPECT_EQ(from_json<Everything>(to_json(Everything{})), Everything{});
}

TEST(FieldsTypes, JsonFollowsTheOrderOfTheList) {
  EXPECT_EQ(to_json(example()).dump(),
            R"({"flag":true,"small":-128,"port":65535,"big":-9223372036854775808,"eps":1e-06,)"
            R"("ratio":0.1,"name":"a\"b","colour":"green","part":{"n":-3},"maybe":0,)"
            R"("table":[[1,2],[],[3]],"any":{"x":[null]}})");
}

TEST(FieldsTypes, TheOrderInTheTextDoesNotMatter) {
  Json::Object members = to_json(example()).as_object();
  std::reverse(members.begin(), members.end());
  EXPECT_EQ(from_json<Everything>(Json(members)), example());
}

TEST(FieldsRefusals, NameTheFieldAndWhatWasExpected) {
  struct Case {
    const char* field;
    const char* value;
    const char* message;
  };
  const Case cases[] = {
      {"flag", "1", "flag: expected a boolean, got an integer"},
      {"small", "128", "small: integer 128 is out of range"},
      {"small", "-129", "small: integer -129 is out of range"},
      {"port", "-1", "port: integer -1 is out of range"},
      {"port", "65536", "port: integer 65536 is out of range"},
      {"big", "1.5", "big: expected an integer, got a number"},
      {"eps", "\"1\"", "eps: expected a number, got a string"},
      {"name", "null", "name: expected a string, got null"},
      {"colour", "\"blue\"", "colour: expected one of red, green, got 'blue'"},
      {"colour", "0", "colour: expected a string, got an integer"},
      {"part", "[]", "part: n: expected an object with field 'n', got an array"},
      {"part", R"({"n":1,"m":2})", "part: unknown field 'm'"},
      {"part", R"({"n":1,"n":1})", "part: a field is given twice"},
      {"maybe", "true", "maybe: expected an integer, got a boolean"},
      {"table", "[[1],2]", "table: expected an array, got an integer"},
  };
  for (const Case& c : cases) {
    Json json = to_json(example());
    json[c.field] = Json::parse(c.value, "t");
    EXPECT_EQ(error_of([&] { from_json<Everything>(json); }), c.message);
  }
}

TEST(FieldsRefusals, EachFieldIsNeeded) {
  const Json whole = to_json(example());
  for (const auto& [name, value] : whole.as_object()) {
    Json::Object members = whole.as_object();
    const std::string missing = name;
    std::erase_if(members, [&](const Json::Member& member) { return member.first == missing; });
    EXPECT_EQ(error_of([&] { from_json<Everything>(Json(members)); }),
              cat(missing, ": field '", missing, "' is missing"));
  }
}

TEST(FieldsTypes, FloatsAreWrittenAsTheirShortestDecimal) {
  for (const float value : {0.1f, 1e-5f, 3.4028235e38f, 1e-45f, 16777216.f, -0.f}) {
    const Json json = to_json(value);
    float back = 1;
    read_json(Json::parse(json.dump(), "t"), back);
    EXPECT_EQ(std::bit_cast<uint32_t>(back), std::bit_cast<uint32_t>(value)) << json.dump();
  }
  EXPECT_EQ(to_json(0.1f).dump(), "0.1");
}

}  // namespace
}  // namespace lathe
