// SPDX-License-Identifier: Apache-2.0
// JSON text in and out: what is kept, what is refused, and in which words.
#include "lathe/base/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "lathe/base/error.h"
#include "tests/support/temp_dir.h"

namespace lathe {
namespace {

using testing::error_of;

Json parse(std::string_view text) { return Json::parse(text, "t"); }

TEST(JsonText, ScalarsAreWrittenInOneForm) {
  const std::pair<const char*, const char*> cases[] = {
      {"null", "null"},
      {"true", "true"},
      {"-0", "0"},
      {"-0.0", "-0.0"},
      {"3.0", "3.0"},
      {"1e3", "1000.0"},
      {"1E+20", "1e+20"},
      {"0.1", "0.1"},
      {"9223372036854775807", "9223372036854775807"},
      {"-9223372036854775808", "-9223372036854775808"},
      {R"("\u0041\/")", R"("A/")"},
      {R"("\"\\\b\f\n\r\t")", R"("\"\\\b\f\n\r\t")"},
      {R"("\u0000\u001f")", R"("\u0000\u001f")"},
      {R"("\ud83d\ude00")", "\"\xf0\x9f\x98\x80\""},
      {" [ 1 , 2 ] ", "[1,2]"},
      {"{ }", "{}"},
  };
  for (const auto& [text, written] : cases) EXPECT_EQ(parse(text).dump(), written) << text;
}

TEST(JsonText, KindsTellIntegersFromNumbers) {
  EXPECT_TRUE(parse("7").is_integer());
  EXPECT_TRUE(parse("7").is_number());
  EXPECT_FALSE(parse("7.0").is_integer());
  EXPECT_TRUE(parse("7.0").is_number());
  EXPECT_EQ(parse("9223372036854775808").kind(), Json::Kind::kNumber);  // 2^63 fits no int64
  EXPECT_EQ(parse("9223372036854775808").as_number(), 0x1p63);
}

TEST(JsonText, AnUnsignedNumberBeyondInt64DoesNotBecomeNegative) {
  EXPECT_EQ(Json(uint64_t{INT64_MAX}).as_integer(), INT64_MAX);
  EXPECT_EQ(Json(uint64_t{1} << 63).as_number(), 0x1p63);
  EXPECT_EQ(Json(UINT64_MAX), parse("18446744073709551615"));
}

TEST(JsonText, RefusesWhatIsNoJson) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "[1,]",
                           "{\"a\":1,}",
                           "{'a':1}",
                           "{a:1}",
                           "01",
                           "+1",
                           ".5",
                           "1.",
                           "nul",
                           "NaN",
                           "Infinity",
                           "[1] 2",
                           "\"\n\"",
                           "\"\\x\"",
                           "\"\\ud800\"",
                           "\"\xff\"",
                           "\"\xc0\x80\"",
                           "\"\xed\xa0\x80\"",
                           "// c\n1",
                           "1e999",
                           "[1 2]",
                           "\"a"}) {
    EXPECT_EQ(error_of([&] { parse(text); }).find("t: byte "), 0U) << text;
  }
}

TEST(JsonText, AnErrorNamesTheByte) {
  EXPECT_EQ(error_of([] { parse("[1, x]"); }).substr(0, 29), "t: byte 5: not valid JSON: sy");
}

TEST(JsonText, SixtyFourLevelsAreReadAndSixtyFiveAreNot) {
  const auto nested = [](size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
  };
  EXPECT_EQ(parse(nested(64)).dump(), nested(64));
  EXPECT_EQ(error_of([&] { parse(nested(65)); }), "t: JSON nested deeper than 64 levels");
}

TEST(JsonText, ObjectsKeepTheirOrderAndWhatIsGivenTwice) {
  const Json json = parse(R"({"z":1,"a":2,"z":3})");
  EXPECT_EQ(json.dump(), R"({"z":1,"a":2,"z":3})");
  EXPECT_EQ(json.at("z").as_integer(), 1);
  EXPECT_NE(json, parse(R"({"a":2,"z":1,"z":3})"));
}

TEST(JsonText, PrettyPutsShortContainersOnOneLine) {
  EXPECT_EQ(parse(R"({"a":[1,2],"b":[[1],{"e":{}}],"c":{},"d":[]})").dump_pretty(),
            "{\n  \"a\": [1,2],\n  \"b\": [[1],{\"e\":{}}],\n  \"c\": {},\n  \"d\": []\n}\n");
}

TEST(JsonText, PrettyBreaksLongContainersAndNoArrayOfScalars) {
  const std::string longer(200, 'x'), text = "\"" + longer + "\"";
  EXPECT_EQ(parse(R"([{"a":)" + text + "},[" + text + ",1]]").dump_pretty(),
            "[\n  {\n    \"a\": " + text + "\n  },\n  [" + text + ",1]\n]\n");
}

TEST(JsonText, NumbersThatJsonCannotSayAreWrittenAsNull) {
  EXPECT_EQ(Json(std::numeric_limits<double>::infinity()).dump(), "null");
  EXPECT_EQ(Json(std::nan("")).dump(), "null");
}

TEST(JsonText, BytesThatAreNoUtf8AreReplaced) {
  EXPECT_EQ(Json("a\xff").dump(), "\"a\xef\xbf\xbd\"");
}

TEST(JsonReads, WholeNumbersReadAsIntegersUpToWhereDoublesAreExact) {
  EXPECT_EQ(Json(3.0).as_integer(), 3);
  EXPECT_EQ(Json(-0x1p52).as_integer(), -(int64_t{1} << 52));
  for (const double value : {0.5, 1e16, -1e300, std::nan(""), HUGE_VAL}) {
    EXPECT_EQ(error_of([&] { (void)Json(value).as_integer(); }),
              "expected an integer, got a number")
        << value;
  }
}

TEST(JsonReads, SayWhatWasExpectedAndWhatCame) {
  const Json array = Json::array(), object = Json::object();
  const std::pair<std::string, std::string> cases[] = {
      {error_of([&] { (void)array.as_object(); }), "expected an object, got an array"},
      {error_of([&] { (void)object.as_array(); }), "expected an array, got an object"},
      {error_of([] { (void)Json(1).as_string(); }), "expected a string, got an integer"},
      {error_of([] { (void)Json().as_bool(); }), "expected a boolean, got null"},
      {error_of([] { (void)Json(true).as_number(); }), "expected a number, got a boolean"},
      {error_of([&] { (void)array.at("k"); }), "expected an object with field 'k', got an array"},
      {error_of([&] {
         Json copy = array;
         copy["k"] = 1;
       }),
       "expected an object, got an array"},
      {error_of([&] {
         Json copy = object;
         copy.push_back(1);
       }),
       "expected an array, got an object"}};
  for (const auto& [message, expected] : cases) EXPECT_EQ(message, expected);
}

TEST(JsonReads, NullBecomesTheContainerThatIsWrittenTo) {
  Json object, array;
  object["a"]["b"] = 1;
  array.push_back("x");
  EXPECT_EQ(object.dump(), R"({"a":{"b":1}})");
  EXPECT_EQ(array.dump(), R"(["x"])");
}

TEST(JsonReads, FindLooksIntoObjectsOnly) {
  EXPECT_EQ(Json::array().find("a"), nullptr);
  EXPECT_EQ(Json("a").find("a"), nullptr);
  EXPECT_FALSE(Json().contains("a"));
}

// A random value whose text has to read back as itself.
Json random_json(std::mt19937& random, int depth) {
  const auto below = [&](uint32_t n) { return static_cast<uint32_t>(random()) % n; };
  const auto text = [&] {
    std::string out;
    for (uint32_t i = below(6); i > 0; --i) out += static_cast<char>(below(128));
    return out;
  };
  switch (below(depth > 0 ? 7 : 5)) {
    case 0:
      return {};
    case 1:
      return below(2) == 0;
    case 2:
      return static_cast<int64_t>((uint64_t{random()} << 32) | random());
    case 3:
      return std::ldexp(static_cast<double>(random()) + 0.1, static_cast<int>(below(2000)) - 1030);
    case 4:
      return text();
    case 5: {
      Json array = Json::array();
      for (uint32_t i = below(5); i > 0; --i) array.push_back(random_json(random, depth - 1));
      return array;
    }
    default: {
      Json object = Json::object();
      for (uint32_t i = below(5); i > 0; --i) object[text()] = random_json(random, depth - 1);
      return object;
    }
  }
}

TEST(JsonText, RandomValuesReadBackAsThemselvesInBothForms) {
  std::mt19937 random(1);
  for (int i = 0; i < 500; ++i) {
    const Json value = random_json(random, 5);
    ASSERT_EQ(parse(value.dump()), value) << value.dump();
    ASSERT_EQ(parse(value.dump_pretty()), value) << value.dump();
    ASSERT_EQ(value.dump().find('\n'), std::string::npos);
  }
}

TEST(JsonText, EveryCutOfATextIsRefused) {
  const std::string text = R"({"a":[1,-2.5e3,true,null,"x\n\u00e9"],"b":{"c":"\\"}})";
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_NE(error_of([&] { parse(text.substr(0, size)); }), "no error") << size;
  }
}

}  // namespace
}  // namespace lathe
