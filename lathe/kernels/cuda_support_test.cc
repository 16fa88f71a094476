// SPDX-License-Identifier: Apache-2.0
// What the records and generators of CUDA kernels share: text of constants, sizes of grids, units.
#include "lathe/kernels/cuda_support.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "lathe/base/random.h"
#include "lathe/kernels/copies/cuda_units.h"
#include "tests/support/temp_dir.h"

namespace lathe::kernels {
namespace {

// A decimal text would round: the device has to compute with the host's very number.
TEST(DeviceText, ConstantsReadBackAsTheVeryNumber) {
  std::vector<float> values = {0,
                               -0.0f,
                               1e-5f,
                               1e-6f,
                               0.1f,
                               std::numeric_limits<float>::min(),
                               std::numeric_limits<float>::denorm_min(),
                               std::numeric_limits<float>::max()};
  for (uint64_t i = 0; i < 200; ++i) values.push_back(normal_at(3, 1, i));
  for (const float value : values) {
    const std::string text = device_constant(value);
    ASSERT_TRUE(text.ends_with('f')) << text;
    const float back = std::strtof(text.c_str(), nullptr);
    EXPECT_EQ(back, value) << text;
    EXPECT_EQ(std::signbit(back), std::signbit(value)) << text;
  }
}

TEST(DeviceText, IsSource) {
  EXPECT_EQ(device_flag("kBias", true), "constexpr bool kBias = true;\n");
  EXPECT_EQ(device_flag("kBias", false), "constexpr bool kBias = false;\n");
  EXPECT_EQ(device_number("kRows", -3), "constexpr int kRows = -3;\n");
  EXPECT_EQ(device_alias("X", DType::kBf16), "using X = Bf16;\n");
  EXPECT_EQ(device_alias("X", DType::kF16), "using X = Fp16;\n");
  EXPECT_EQ(device_alias("X", DType::kF32), "using X = float;\n");
  EXPECT_EQ(testing::error_of([] { (void)device_type(DType::kI8); }), "no device type for i8");
}

// An activation without a text is one that records refuse.
TEST(DeviceText, ActivationsAreExpressionsInX) {
  EXPECT_EQ(device_expression(std::nullopt), "x");
  int without = 0;
  for (const ops::UnaryKind kind : enum_values(ops::UnaryKind{})) {
    const std::string_view text = device_expression(kind);
    if (text.empty()) {
      ++without;
      continue;
    }
    EXPECT_NE(text.find('x'), std::string_view::npos) << to_string(kind);
    EXPECT_EQ(std::ranges::count(text, '('), std::ranges::count(text, ')')) << text;
    EXPECT_EQ(device_activation(kind),
              cat("LATHE_DEVICE float activate(float x) { return ", text, "; }\n"));
  }
  EXPECT_LT(without, static_cast<int>(enum_values(ops::UnaryKind{}).size()) / 2);
}

TEST(DeviceDtypes, AreThoseThatADeviceStores) {
  for (const DType dtype : enum_values(DType{})) {
    const bool half = dtype == DType::kBf16 || dtype == DType::kF16;
    EXPECT_EQ(is_half(dtype), half) << to_string(dtype);
    EXPECT_EQ(is_device_float(dtype), half || dtype == DType::kF32) << to_string(dtype);
  }
}

TEST(Requirements, TheFirstReasonCounts) {
  const Support none = Requirements().require(true, "a");
  EXPECT_TRUE(none.ok);
  const Support two = Requirements().require(true, "a").require(false, "b", 1).require(false, "c");
  EXPECT_FALSE(two.ok);
  EXPECT_EQ(two.why_not, "b1");
}

TEST(Grids, HoldEveryElementAndNoEmptyBlock) {
  const std::pair<int64_t, uint32_t> cases[] = {{1, 1},   {255, 1}, {256, 1},
                                                {257, 2}, {512, 2}, {int64_t{1} << 33, 1u << 25}};
  for (const auto& [elements, blocks] : cases) {
    EXPECT_EQ(blocks_for_elements(elements), blocks) << elements;
  }
}

// Short rows have a warp each, long ones a block each.
TEST(Grids, OfRowsGoByTheirLength) {
  EXPECT_EQ(row_threads(1), 32);
  EXPECT_EQ(row_threads(1024), 32);
  EXPECT_EQ(row_threads(1025), 256);
  EXPECT_EQ(blocks_for_rows(1, 64), 1u);
  EXPECT_EQ(blocks_for_rows(8, 64), 1u);
  EXPECT_EQ(blocks_for_rows(9, 64), 2u);
  EXPECT_EQ(blocks_for_rows(9, 4096), 9u);
}

TEST(Views, LeadingElementsAreTheTokens) {
  const auto leading = [](std::vector<int64_t> sizes) {
    return leading_elements(TensorView::contiguous(nullptr, DType::kF32, sizes));
  };
  EXPECT_EQ(leading({7, 64}), 7);
  EXPECT_EQ(leading({2, 3, 64}), 6);
  EXPECT_EQ(leading({64}), 1);
  EXPECT_EQ(leading({0, 64}), 0);
}

TEST(Units, AreTheLargestThatDivideLengthsAndAddresses) {
  struct Case {
    int64_t length, from, to, unit;
  };
  const Case cases[] = {{64, 256, 512, 16}, {64, 256, 520, 8},  {64, 252, 512, 4}, {64, 2, 512, 2},
                        {64, 256, 513, 1},  {6, 256, 512, 2},   {12, 256, 512, 4}, {7, 256, 512, 1},
                        {0, 256, 512, 16},  {1 << 20, 0, 0, 16}};
  constexpr UnitEntries kNames = {{"1", "2", "4", "8", "16"}};
  for (const auto& [length, from, to, unit] : cases) {
    EXPECT_EQ(unit_bytes({length, from, to}), unit) << length << " " << from << " " << to;
    EXPECT_EQ(entry_for(kNames, unit), std::to_string(unit));
  }
}

}  // namespace
}  // namespace lathe::kernels
