// SPDX-License-Identifier: Apache-2.0
#include "lathe/weights/gguf_fields.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/gguf_model.h"

namespace lathe::weights {
namespace {

using testing::error_of;
using testing::GgufBuilder;
using testing::OpenGguf;

GgufBuilder fields() {
  GgufBuilder out;
  out.number("x.one", uint32_t{1}).number("x.most", INT32_MAX).number("x.small", uint8_t{7});
  out.number("x.wide", uint64_t{9}).number("x.zero", uint32_t{0}).number("x.minus", int32_t{-3});
  out.number("x.beyond", int64_t{1} << 31).number("x.half", 0.5f).number("x.nan", std::nan(""));
  out.number("x.double", 2.5).text("x.text", "t").number("x.flag", true);
  out.numbers("x.list", std::vector<int32_t>{1, 2}).number("y.one", uint32_t{5});
  return out;
}

TEST(GgufFields, ReadKeysOfTheirArchitecture) {
  const OpenGguf file(fields());
  EXPECT_EQ(GgufFields(*file, "x").count("one"), 1);
  EXPECT_EQ(GgufFields(*file, "y").count("one"), 5);
  EXPECT_EQ(GgufFields(*file, "x").name_of("one"), "x.one");
  EXPECT_NE(GgufFields(*file, "x").find("text"), nullptr);
  EXPECT_EQ(GgufFields(*file, "y").find("text"), nullptr);
}

TEST(GgufFields, CountsAreOfAnyIntegerType) {
  const OpenGguf file(fields());
  const GgufFields x(*file, "x");
  EXPECT_EQ(x.count("most"), INT32_MAX);
  EXPECT_EQ(x.count("small"), 7);
  EXPECT_EQ(x.count("wide"), 9);
  EXPECT_EQ(x.find_count("small"), 7);
  EXPECT_EQ(x.find_count("absent"), std::nullopt);
  for (const char* key : {"zero", "minus", "beyond"}) {
    const std::string message = error_of([&] { x.count(key); });
    EXPECT_TRUE(
        message.starts_with(cat("x.", key, ": expected a number from 1 to 2147483647, got ")))
        << message;
    EXPECT_EQ(error_of([&] { x.find_count(key); }), message);
  }
  EXPECT_EQ(error_of([&] { x.count("absent"); }), "metadata 'x.absent' is missing");
  EXPECT_EQ(error_of([&] { x.count("text"); }), "x.text: expected an integer, got string");
  EXPECT_EQ(error_of([&] { x.count("half"); }), "x.half: expected an integer, got float32");
}

TEST(GgufFields, PositiveNumbersMayBeIntegers) {
  const OpenGguf file(fields());
  const GgufFields x(*file, "x");
  EXPECT_EQ(x.positive("half"), 0.5);
  EXPECT_EQ(x.positive("double"), 2.5);
  EXPECT_EQ(x.positive("one"), 1);
  EXPECT_EQ(x.find_positive("half"), 0.5);
  EXPECT_EQ(x.find_positive("absent"), std::nullopt);
  EXPECT_EQ(error_of([&] { x.positive("zero"); }), "x.zero: expected a positive number, got 0");
  EXPECT_EQ(error_of([&] { x.positive("minus"); }), "x.minus: expected a positive number, got -3");
  EXPECT_EQ(error_of([&] { x.positive("nan"); }), "x.nan: expected a positive number, got nan");
  EXPECT_EQ(error_of([&] { x.find_positive("flag"); }), "x.flag: expected a number, got bool");
}

TEST(GgufFields, Texts) {
  const OpenGguf file(fields());
  const GgufFields x(*file, "x");
  EXPECT_EQ(x.find_text("text"), "t");
  EXPECT_EQ(x.find_text("absent"), std::nullopt);
  EXPECT_EQ(error_of([&] { x.find_text("one"); }), "x.one: expected a string, got uint32");
  EXPECT_EQ(error_of([&] { x.find_text("list"); }).find("x.list: expected a string, got an array"),
            0u);
}

}  // namespace
}  // namespace lathe::weights
