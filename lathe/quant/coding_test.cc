// SPDX-License-Identifier: Apache-2.0
#include "lathe/quant/coding.h"

#include <gtest/gtest.h>

#include <cmath>

#include "lathe/base/random.h"
#include "lathe/quant/formats.h"

namespace lathe::quant {
namespace {

const ops::WeightFormatDesc kQ8{.name = "q8_0", .code_dtype = DType::kI8, .block_cols = 32};
const ops::WeightFormatDesc kQ4{
    .name = "q4_0", .code_dtype = DType::kU4, .block_cols = 32, .code_offset = 8};
const ops::WeightFormatDesc kQ4Minimums{
    .name = "q4_1", .code_dtype = DType::kU4, .block_cols = 32, .has_minimums = true};

Tensor normal(int64_t rows, int64_t cols) {
  Tensor out(DType::kF32, {rows, cols});
  uint64_t i = 0;
  for (float& value : out.values<float>()) value = normal_at(5, 0, i++);
  return out;
}

// Half a step of a block is the most that rounding to nearest may lose; the scale is rounded too.
void expect_close(const ops::WeightFormatDesc& format, int64_t steps) {
  const Tensor values = normal(3, 96);
  const ops::CanonicalTensor rows = encode(values, format);
  EXPECT_EQ(rows.scales.sizes(), (std::vector<int64_t>{3, 3}));
  EXPECT_EQ(rows.minimums.empty(), !format.has_minimums);
  const Tensor back = decode(rows);
  for (size_t block = 0; block < 9; ++block) {
    const auto from = values.values<float>().subspan(block * 32, 32);
    const auto [least, greatest] = std::ranges::minmax(from);
    const float range =
        format.has_minimums ? greatest - least : std::max(std::abs(least), std::abs(greatest));
    for (size_t i = 0; i < 32; ++i) {
      EXPECT_NEAR(back.values<float>()[block * 32 + i], from[i],
                  range / static_cast<float>(steps) * 0.51f + range * 1e-3f)
          << format.name;
    }
  }
}

TEST(Coding, ValuesComeBackWithinHalfAStep) {
  expect_close(kQ8, 127);
  expect_close(kQ4, 7);
  expect_close(kQ4Minimums, 15);
}

TEST(Coding, ExactValuesStay) {
  Tensor values(DType::kF32, {1, 32});
  for (int i = 0; i < 32; ++i) values.values<float>()[static_cast<size_t>(i)] = float(i % 16) - 8;
  values.values<float>()[0] = -7;  // the scale is 1
  values.values<float>()[16] = 7;
  values.values<float>()[8] = 0;
  const Tensor back = decode(encode(values, kQ4));
  for (size_t i = 1; i < 32; ++i) {
    EXPECT_EQ(back.values<float>()[i], values.values<float>()[i]) << i;
  }
}

TEST(Coding, ZerosAndPlainFormats) {
  const Tensor zeros(DType::kF32, {2, 32});
  for (const ops::WeightFormatDesc& format : {kQ8, kQ4, kQ4Minimums}) {
    const Tensor back = decode(encode(zeros, format));
    for (const float value : back.values<float>()) EXPECT_EQ(value, 0);
  }
  const Tensor values = normal(1, 8);
  const ops::CanonicalTensor halves = encode(values, {.code_dtype = DType::kBf16});
  EXPECT_EQ(halves.values.dtype(), DType::kBf16);
  EXPECT_NEAR(decode(halves).values<float>()[3], values.values<float>()[3], 0.02);
}

// f32 -> codes -> f32, or as it is: what a kernel that takes plain rows is given.
TEST(Coding, RowsInAPlainFormatAreDecodedAndRounded) {
  const ops::WeightFormatDesc bf16{.code_dtype = DType::kBf16};
  const ops::CanonicalTensor coded = encode(normal(2, 64), kQ8);
  const ops::CanonicalTensor plain = in_format(coded, bf16);
  EXPECT_EQ(plain.format, bf16);
  EXPECT_TRUE(plain.scales.empty());
  const Tensor want = decode(coded).to(DType::kBf16).to(DType::kF32);
  const Tensor got = decode(plain);
  for (size_t i = 0; i < 128; ++i) EXPECT_EQ(got.values<float>()[i], want.values<float>()[i]);
  const ops::CanonicalTensor f32 = in_format(encode(normal(1, 8), {}), bf16);
  EXPECT_EQ(f32.values.dtype(), DType::kBf16);
}

TEST(Coding, RowsStayWhereTheFormatIsNotPlain) {
  const ops::CanonicalTensor coded = encode(normal(1, 32), kQ8);
  EXPECT_EQ(in_format(coded, kQ4).format, kQ8);
  EXPECT_EQ(in_format(coded, kQ8).values.data(), coded.values.data()) << "not even copied";
}

TEST(Coding, CodesStayWithinTheirRange) {
  Tensor values(DType::kF32, {1, 32});
  for (size_t i = 0; i < 32; ++i) values.values<float>()[i] = i % 2 == 0 ? 1e30f : -1e30f;
  for (const ops::WeightFormatDesc& format : {kQ8, kQ4, kQ4Minimums}) {
    const ops::CanonicalTensor rows = encode(values, format);
    for (int64_t i = 0; i < 32; ++i) {
      const double code = load_element(rows.values.data(), format.code_dtype, i);
      EXPECT_GE(code, format.code_dtype == DType::kU4 ? 0 : -127) << format.name;
      EXPECT_LE(code, format.code_dtype == DType::kU4 ? 15 : 127) << format.name;
    }
  }
}

}  // namespace
}  // namespace lathe::quant
