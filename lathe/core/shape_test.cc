// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/shape.h"

#include <gtest/gtest.h>

#include "lathe/core/device.h"
#include "tests/support/error_code_of.h"
#include "tests/support/temp_dir.h"

namespace lathe {
namespace {

using testing::code_of;
using testing::error_of;

TEST(Shape, TextReadsBack) {
  for (const char* text : {"[]", "[7]", "[tokens, 1, 64]", "[sequences+1, 9*tokens-4]"}) {
    EXPECT_EQ(Shape::parse(text).to_string(), text);
    Shape back;
    read_json(to_json(Shape::parse(text)), back);
    EXPECT_EQ(back, Shape::parse(text));
  }
  EXPECT_EQ(Shape::parse("[ 2 ,tokens]").to_string(), "[2, tokens]");
}

TEST(Shape, TextThatIsNoneIsQuoted) {
  EXPECT_EQ(error_of([] { Shape::parse("2, 3"); }), "shape: expected '[…]', got '2, 3'");
  EXPECT_EQ(error_of([] { Shape::parse("[2, 3"); }), "shape: expected '[…]', got '[2, 3'");
  EXPECT_EQ(error_of([] { Shape::parse(""); }), "shape: expected '[…]', got ''");
  for (const char* text : {"[", "]", "[2,]", "[,2]", "[2 3]", "[[2]]", "[2]]"}) {
    EXPECT_EQ(code_of([&] { Shape::parse(text); }), ErrorCode::kCorrupt) << text;
  }
}

TEST(Shape, AxesCountFromBothEnds) {
  const Shape shape = Shape::parse("[tokens, 3, 5]");
  EXPECT_EQ(shape[-1], Dim(5));
  EXPECT_EQ(shape[-3], shape[0]);
  EXPECT_EQ(shape.back(), Dim(5));
  EXPECT_EQ(error_of([&] { (void)shape[3]; }), "shape: axis 3 is out of range for rank 3");
  EXPECT_EQ(error_of([&] { (void)shape[-4]; }), "shape: axis -4 is out of range for rank 3");
  EXPECT_EQ(error_of([] { (void)Shape().back(); }), "shape: axis -1 is out of range for rank 0");
}

TEST(Shape, NumElementsIsALinearForm) {
  EXPECT_EQ(Shape().num_elements(), Dim(1));
  EXPECT_EQ(Shape::parse("[tokens, 3, 5]").num_elements().to_string(), "15*tokens");
  EXPECT_EQ(Shape::parse("[tokens, 0]").num_elements(), Dim(0));
  EXPECT_EQ(error_of([] { (void)Shape::parse("[tokens, sequences]").num_elements(); }),
            "product of the symbolic dimensions tokens and sequences");
}

TEST(Shape, EvaluatesWithEverySymbol) {
  const Shape shape = Shape::parse("[tokens, sequences+1, 5]");
  EXPECT_FALSE(shape.is_constant());
  EXPECT_EQ(shape.evaluate({{"tokens", 4}, {"sequences", 2}}), (std::vector<int64_t>{4, 3, 5}));
  EXPECT_EQ(error_of([&] {
              (void)shape.evaluate({{"tokens", 4}});
            }),
            "dimension sequences+1: symbol sequences has no value in this run");
  EXPECT_TRUE(Shape::parse("[2, 3]").is_constant());
}

struct Pair {
  std::string_view a, b, expected;
};

TEST(Broadcast, FollowsNumpy) {
  const Pair pairs[] = {
      {"[2, 3]", "[2, 3]", "[2, 3]"},
      {"[]", "[4]", "[4]"},
      {"[2, 3]", "[3]", "[2, 3]"},
      {"[2, 1]", "[1, 3]", "[2, 3]"},
      {"[tokens, 1, 64]", "[9, 1]", "[tokens, 9, 64]"},
      {"[tokens, 8]", "[tokens, 1]", "[tokens, 8]"},
      {"[1]", "[sequences+1]", "[sequences+1]"},
      {"[1, 0]", "[5, 1]", "[5, 0]"},
  };
  for (const auto& [a, b, expected] : pairs) {
    EXPECT_EQ(broadcast(Shape::parse(a), Shape::parse(b)).to_string(), expected);
    EXPECT_EQ(broadcast(Shape::parse(b), Shape::parse(a)).to_string(), expected);
  }
}

// A symbol matches itself and 1: that it might be equal to another is nothing to build on.
TEST(Broadcast, RefusesWithBothShapesAndTheDims) {
  const Pair pairs[] = {
      {"[2, 3]", "[2]", "shapes [2, 3] and [2] do not broadcast: 3 against 2"},
      {"[tokens]", "[5]", "shapes [tokens] and [5] do not broadcast: tokens against 5"},
      {"[tokens]", "[sequences]",
       "shapes [tokens] and [sequences] do not broadcast: tokens against sequences"},
      {"[0]", "[2]", "shapes [0] and [2] do not broadcast: 0 against 2"},
  };
  for (const auto& [a, b, expected] : pairs) {
    EXPECT_EQ(
        error_of([&, left = a, right = b] { broadcast(Shape::parse(left), Shape::parse(right)); }),
        expected);
  }
}

TEST(TensorType, TextReadsBack) {
  for (const char* text : {"bf16[tokens, 576]", "state[3, 64]", "i64[]", "u4[2, 32]"}) {
    EXPECT_EQ(TensorType::parse(text).to_string(), text);
    TensorType back;
    read_json(to_json(TensorType::parse(text)), back);
    EXPECT_EQ(back.to_string(), text);
  }
  for (const char* text : {"bf16", "[2]", "float[2]", "f32 [2]", ""}) {
    EXPECT_EQ(error_of([&] { TensorType::parse(text); }),
              cat("tensor type: expected 'dtype[…]', got '", text, "'"));
  }
}

TEST(NormalizeAxis, NamesWhatItIsOf) {
  EXPECT_EQ(normalize_axis(-1, 4, "softmax"), 3);
  EXPECT_EQ(normalize_axis(0, 1, "softmax"), 0);
  EXPECT_EQ(error_of([] { normalize_axis(2, 2, "softmax"); }),
            "softmax: axis 2 is out of range for rank 2");
  EXPECT_EQ(error_of([] { normalize_axis(0, 0, "softmax"); }),
            "softmax: axis 0 is out of range for rank 0");
}

TEST(DeviceInfo, TextHasOneDecimalOfGibibytes) {
  const DeviceInfo info{.kind = DeviceKind::kCuda,
                        .index = 3,
                        .name = "H",
                        .arch = "sm_90a",
                        .num_processors = 132,
                        .memory_bytes = (int64_t{79} << 30) + (int64_t{1} << 30) * 29 / 100};
  EXPECT_EQ(to_text(info), "cuda:3 H, sm_90a, 132 processors, 79.2 GiB");
  EXPECT_EQ(to_text(DeviceInfo{}), "cpu:0 , , 0 processors, 0.0 GiB");
}

TEST(DeviceInfo, OfThisMachineIsFilledIn) {
  const DeviceInfo info = cpu_device_info();
  EXPECT_EQ(info.kind, DeviceKind::kCpu);
  EXPECT_GE(info.num_processors, 1);
  EXPECT_GT(info.memory_bytes, int64_t{1} << 28);
  EXPECT_EQ(info, cpu_device_info()) << "the same whenever it is asked";
}

}  // namespace
}  // namespace lathe
