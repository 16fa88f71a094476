// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/tensor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/temp_dir.h"

namespace lathe {
namespace {

using testing::error_of;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<DType> dtypes_with_elements() {
  std::vector<DType> out(enum_values(DType{}).begin(), enum_values(DType{}).end());
  std::erase(out, DType::kState);
  return out;
}

// What a dtype makes of a number.
double stored(double value, DType dtype) {
  alignas(8) std::byte memory[8] = {};
  store_element(memory, dtype, 0, value);
  return load_element(memory, dtype, 0);
}

TEST(DType, NamesAndSizesAreThoseOfEngines) {
  struct Row {
    DType dtype;
    int stored_as;
    std::string_view name;
    int64_t bytes_of_five;
  };
  const Row rows[] = {{DType::kF32, 1, "f32", 20},    {DType::kF16, 2, "f16", 10},
                      {DType::kBf16, 3, "bf16", 10},  {DType::kI8, 4, "i8", 5},
                      {DType::kU8, 5, "u8", 5},       {DType::kI32, 6, "i32", 20},
                      {DType::kI64, 7, "i64", 40},    {DType::kBool, 8, "bool", 5},
                      {DType::kU4, 9, "u4", 3},       {DType::kF8E4M3, 10, "f8e4m3", 5},
                      {DType::kState, 11, "state", 0}};
  EXPECT_EQ(std::size(rows), enum_values(DType{}).size());
  for (const Row& row : rows) {
    EXPECT_EQ(static_cast<int>(row.dtype), row.stored_as) << row.name;
    EXPECT_EQ(to_string(row.dtype), row.name);
    EXPECT_EQ(dtype_from_name(row.name), row.dtype);
    EXPECT_EQ(bytes_for(row.dtype, 5), row.bytes_of_five) << row.name;
    EXPECT_FALSE(is_floating(row.dtype) && is_integer(row.dtype)) << row.name;
  }
  EXPECT_EQ(dtype_from_name("F32"), std::nullopt);
  EXPECT_EQ(dtype_from_name(""), std::nullopt);
}

TEST(Elements, AreIndependentOfTheirNeighbours) {
  for (const DType dtype : dtypes_with_elements()) {
    Tensor tensor(dtype, {6});
    for (const int64_t index : {5, 2, 3, 0, 1, 4}) {
      store_element(tensor.data(), dtype, index, index % 2 == 0 ? 1 : 0);
    }
    for (int64_t i = 0; i < 6; ++i) {
      EXPECT_EQ(load_element(tensor.data(), dtype, i), i % 2 == 0 ? 1 : 0) << to_string(dtype);
    }
  }
}

TEST(Elements, OfAStateThereAreNone) {
  std::byte memory[8] = {};
  EXPECT_EQ(error_of([&] { (void)load_element(memory, DType::kState, 0); }),
            "no element of dtype state");
  EXPECT_EQ(error_of([&] { store_element(memory, DType::kState, 0, 1); }),
            "no element of dtype state");
}

TEST(Elements, IntegersAreCutTowardsZeroAndSaturate) {
  struct Row {
    DType dtype;
    double low, high;
  };
  for (const Row& row : {Row{DType::kI8, -128, 127}, Row{DType::kU8, 0, 255},
                         Row{DType::kU4, 0, 15}, Row{DType::kI32, -0x1p31, 0x1p31 - 1}}) {
    EXPECT_EQ(stored(7.9, row.dtype), 7) << to_string(row.dtype);
    EXPECT_EQ(stored(row.high + 1, row.dtype), row.high) << to_string(row.dtype);
    EXPECT_EQ(stored(row.low - 1, row.dtype), row.low) << to_string(row.dtype);
    EXPECT_EQ(stored(kInfinity, row.dtype), row.high) << to_string(row.dtype);
    EXPECT_EQ(stored(-kInfinity, row.dtype), row.low) << to_string(row.dtype);
  }
  EXPECT_EQ(stored(-7.9, DType::kI8), -7);
  EXPECT_EQ(stored(0x1p63, DType::kI64), static_cast<double>(std::numeric_limits<int64_t>::max()));
  EXPECT_EQ(stored(-0x1p63, DType::kI64), -0x1p63);
}

TEST(Elements, BoolsAreZeroOrOne) {
  EXPECT_EQ(stored(0.25, DType::kBool), 1);
  EXPECT_EQ(stored(-3, DType::kBool), 1);
  EXPECT_EQ(stored(-0.0, DType::kBool), 0);
}

// Steps of a format around 1, and its greatest number.
struct Format {
  DType dtype;
  double step;
  double greatest;
};
constexpr Format kFormats[] = {{DType::kF32, 0x1p-23, 0x1.fffffep127},
                               {DType::kF16, 0x1p-10, 65504},
                               {DType::kBf16, 0x1p-7, 0x1.fep127},
                               {DType::kF8E4M3, 0x1p-3, 448}};

TEST(Elements, FloatsRoundToTheNearestAndTiesToEven) {
  for (const auto& [dtype, step, greatest] : kFormats) {
    for (const double sign : {1.0, -1.0}) {
      EXPECT_EQ(stored(sign * (1 + step / 2), dtype), sign) << to_string(dtype);
      EXPECT_EQ(stored(sign * (1 + step * 1.5), dtype), sign * (1 + step * 2)) << to_string(dtype);
      EXPECT_EQ(stored(sign * (1 + step * 0.75), dtype), sign * (1 + step)) << to_string(dtype);
      EXPECT_EQ(stored(sign * greatest, dtype), sign * greatest) << to_string(dtype);
    }
    EXPECT_TRUE(std::isnan(stored(std::nan(""), dtype))) << to_string(dtype);
  }
}

// Rounding to f32 on the way would make a tie of what is none.
TEST(Elements, ADoubleIsRoundedOnce) {
  for (const DType dtype : {DType::kF16, DType::kBf16, DType::kF8E4M3}) {
    const double step = dtype == DType::kF16 ? 0x1p-10 : dtype == DType::kBf16 ? 0x1p-7 : 0x1p-3;
    const double tie = 1 + step / 2, next_tie = 1 + step * 1.5;
    EXPECT_EQ(stored(tie + 0x1p-40, dtype), 1 + step) << to_string(dtype);
    EXPECT_EQ(stored(-tie - 0x1p-40, dtype), -1 - step) << to_string(dtype);
    EXPECT_EQ(stored(next_tie - 0x1p-40, dtype), 1 + step) << to_string(dtype);
  }
}

TEST(Elements, TheLeastNumbersAreKept) {
  EXPECT_EQ(stored(0x1p-149, DType::kF32), 0x1p-149);
  EXPECT_EQ(stored(0x1p-24, DType::kF16), 0x1p-24);
  EXPECT_EQ(stored(0x1p-133, DType::kBf16), 0x1p-133);
  EXPECT_EQ(stored(0x1p-9, DType::kF8E4M3), 0x1p-9);
  EXPECT_EQ(stored(0x1p-11, DType::kF8E4M3), 0);
  EXPECT_TRUE(std::signbit(stored(-0x1p-11, DType::kF8E4M3)));
}

TEST(Elements, BeyondTheRangeIsInfinityButForEightBits) {
  EXPECT_EQ(stored(1e30, DType::kF16), kInfinity);
  EXPECT_EQ(stored(-1e39, DType::kBf16), -kInfinity);
  EXPECT_EQ(stored(1e300, DType::kF32), kInfinity);
  EXPECT_EQ(stored(1e30, DType::kF8E4M3), 448);
  EXPECT_EQ(stored(-kInfinity, DType::kF8E4M3), -448);
}

// All 256 codes of 8 bits mean what the table of the specification says, and read back.
TEST(Elements, EveryFp8CodeReadsBack) {
  for (int code = 0; code < 256; ++code) {
    auto byte = static_cast<uint8_t>(code);
    const double value = load_element(&byte, DType::kF8E4M3, 0);
    const int exponent = code / 8 % 16, mantissa = code % 8;
    if (exponent == 15 && mantissa == 7) {
      EXPECT_TRUE(std::isnan(value));
      continue;
    }
    const double magnitude =
        exponent == 0 ? mantissa / 512.0 : (1 + mantissa / 8.0) * std::pow(2.0, exponent - 7);
    EXPECT_EQ(value, code < 128 ? magnitude : -magnitude) << code;
    uint8_t back = 0;
    store_element(&back, DType::kF8E4M3, 0, value);
    EXPECT_EQ(back, byte);
  }
}

// The runs have fast paths for some pairs of dtypes: all agree with element by element.
TEST(ConvertElements, AgreesWithElementByElement) {
  constexpr int64_t kCount = 38;  // even, for u4
  for (const DType from : dtypes_with_elements()) {
    for (const DType to : dtypes_with_elements()) {
      Tensor source(from, {kCount});
      for (int64_t i = 0; i < kCount; ++i) {
        store_element(source.data(), from, i, static_cast<double>(i * 37 % 29) / 3 - 2);
      }
      const Tensor result = source.to(to);
      ASSERT_EQ(result.dtype(), to);
      for (int64_t i = 0; i < kCount; ++i) {
        ASSERT_EQ(load_element(result.data(), to, i),
                  from == to ? load_element(source.data(), from, i)
                             : stored(load_element(source.data(), from, i), to))
            << to_string(from) << " to " << to_string(to) << " at " << i;
      }
    }
  }
}

TEST(Tensor, IsZeroedAlignedAndShared) {
  for (const std::vector<int64_t>& sizes : {std::vector<int64_t>{3, 5}, {1}, {}, {2, 0, 4}}) {
    const Tensor tensor(DType::kF16, sizes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor.data()) % 64, 0u);
    for (int64_t i = 0; i < tensor.num_elements(); ++i) {
      EXPECT_EQ(load_element(tensor.data(), DType::kF16, i), 0);
    }
    EXPECT_EQ(tensor.empty(), tensor.num_elements() == 0);
  }
  EXPECT_EQ(Tensor(DType::kF32, {}).num_elements(), 1) << "a scalar";
  EXPECT_TRUE(Tensor().empty());
  const Tensor a(DType::kI32, {2});
  const Tensor b = a;  // NOLINT(performance-unnecessary-copy-initialization): copies share
  a.values<int32_t>()[1] = 9;
  EXPECT_EQ(b.values<int32_t>()[1], 9);
}

TEST(Tensor, SizesCountFromTheBackToo) {
  const Tensor tensor(DType::kF32, {2, 3, 5});
  EXPECT_EQ(tensor.size(-1), 5);
  EXPECT_EQ(tensor.size(0), tensor.size(-3));
  for (const int axis : {3, -4}) {
    EXPECT_NE(error_of([&] { (void)tensor.size(axis); }).find("axis out of range"),
              std::string::npos);
  }
}

TEST(Tensor, TakesAsManyValuesAsItHas) {
  const std::vector<float> values = {1, 2.5f, -3};
  EXPECT_EQ(Tensor::from<float>(DType::kF32, {3}, values).values<float>()[1], 2.5f);
  EXPECT_NE(error_of([&] { Tensor::from<float>(DType::kF32, {4}, values); }).find("value count 3"),
            std::string::npos);
}

TEST(Tensor, KeepsWhatItBorrows) {
  const auto owner = std::make_shared<std::vector<float>>(4, 1.0f);
  {
    const Tensor tensor(DType::kF32, {2, 2}, owner, owner->data());
    const Tensor copy = tensor;  // NOLINT(performance-unnecessary-copy-initialization)
    EXPECT_EQ(owner.use_count(), 3);
    EXPECT_EQ(copy.data(), owner->data());
  }
  EXPECT_EQ(owner.use_count(), 1);
}

TEST(TensorView, StridesAreProductsOfTheSizesBehind) {
  const int64_t sizes[] = {2, 3, 5};
  const TensorView view = TensorView::contiguous(nullptr, DType::kBf16, sizes);
  EXPECT_EQ(view.stride(0), 15);
  EXPECT_EQ(view.stride(1), 5);
  EXPECT_EQ(view.stride(-1), 1);
  EXPECT_EQ(view.size(-2), 3);
  EXPECT_EQ(view.num_elements(), 30);
  EXPECT_EQ(view.num_bytes(), 60);
  EXPECT_TRUE(view.is_contiguous());
}

TEST(TensorView, IsContiguousWhateverTheStrideOfOneElement) {
  const int64_t sizes[] = {4, 1, 6};
  TensorView view = TensorView::contiguous(nullptr, DType::kF32, sizes);
  view.strides[1] = 1000;
  EXPECT_TRUE(view.is_contiguous());
  view.strides[0] = 7;
  EXPECT_FALSE(view.is_contiguous());
  view.sizes[0] = 1;
  EXPECT_TRUE(view.is_contiguous());
  view.strides[2] = 2;
  EXPECT_FALSE(view.is_contiguous());
}

TEST(TensorView, HasAtMostEightAxes) {
  const std::vector<int64_t> eight(8, 1), nine(9, 1);
  EXPECT_EQ(TensorView::contiguous(nullptr, DType::kF32, eight).rank, 8);
  EXPECT_NE(error_of([&] { TensorView::contiguous(nullptr, DType::kF32, nine); }).find("rank 9"),
            std::string::npos);
}

}  // namespace
}  // namespace lathe
