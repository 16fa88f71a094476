// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "lathe/core/dim.h"
#include "lathe/core/shape.h"
#include "lathe/core/tensor.h"

namespace lathe {
namespace {

TEST(Dim, ArithmeticAndText) {
  const Dim tokens = Dim::symbol("tokens");
  const Dim form = tokens * 9 + Dim::symbol("sequences") - 4;
  EXPECT_EQ(form.to_string(), "sequences+9*tokens-4");
  EXPECT_EQ(Dim::parse(form.to_string()), form);
  EXPECT_EQ(form.evaluate({{"tokens", 2}, {"sequences", 3}}), 17);
  EXPECT_EQ(form - form, Dim(0));
  EXPECT_EQ((tokens * 9) / 3, tokens * 3);
  EXPECT_THROW((tokens * 9) / 2, Error);
  EXPECT_THROW(tokens * tokens, Error);
  EXPECT_THROW(form.evaluate({{"tokens", 2}}), Error);
  EXPECT_THROW(Dim::parse("3x"), Error);
  EXPECT_THROW(Dim::parse(""), Error);
}

TEST(Dim, SolvesForOneSymbol) {
  DimBindings bindings{{"sequences", 3}};
  (Dim::symbol("tokens") * 2 + Dim::symbol("sequences")).solve(13, bindings, "x");
  EXPECT_EQ(bindings.at("tokens"), 5);
  EXPECT_THROW((Dim::symbol("tokens") * 2).solve(7, bindings, "x"), Error);
  EXPECT_THROW(Dim(4).solve(5, bindings, "x"), Error);
  EXPECT_THROW((Dim::symbol("a") + Dim::symbol("b")).solve(5, bindings, "x"), Error);
}

TEST(Dim, RefusesOverflow) {
  const Dim large(int64_t{1} << 62);
  EXPECT_THROW(large * 4, Error);
  EXPECT_THROW(large + large, Error);
  EXPECT_THROW(Dim::symbol("tokens") * (int64_t{1} << 62) * 2, Error);
  EXPECT_THROW((Dim::symbol("t") * (int64_t{1} << 62)).evaluate({{"t", 2}}), Error);
}

TEST(Shape, BroadcastAndText) {
  const Dim tokens = Dim::symbol("tokens");
  const Shape shape = {tokens, 1, 64};
  EXPECT_EQ(shape.to_string(), "[tokens, 1, 64]");
  EXPECT_EQ(Shape::parse("[tokens, 1, 64]"), shape);
  EXPECT_EQ(Shape::parse("[]"), Shape());
  EXPECT_EQ(broadcast(shape, {9, 1}), (Shape{tokens, 9, 64}));
  EXPECT_THROW(broadcast(shape, {5, 32}), Error);
  EXPECT_THROW(shape[3], Error);
  EXPECT_EQ(TensorType::parse("bf16[tokens, 2]"), (TensorType{DType::kBf16, {tokens, 2}}));
}

TEST(Tensor, ElementsRoundTripInEveryDType) {
  for (const DType dtype : enum_values(DType{})) {
    if (dtype == DType::kState) continue;
    EXPECT_EQ(dtype_from_name(to_string(dtype)), dtype);
    Tensor tensor(dtype, {6});
    for (int64_t i = 0; i < 6; ++i) store_element(tensor.data(), dtype, i, i % 2 == 0 ? 1 : 0);
    for (int64_t i = 0; i < 6; ++i) {
      EXPECT_EQ(load_element(tensor.data(), dtype, i), i % 2 == 0 ? 1 : 0);
    }
  }
}

TEST(Tensor, Fp8RoundsToNearestEvenAndSaturates) {
  const auto round_trip = [](double value) {
    uint8_t bits = 0;
    store_element(&bits, DType::kF8E4M3, 0, value);
    return load_element(&bits, DType::kF8E4M3, 0);
  };
  EXPECT_EQ(round_trip(1.0625), 1.0);  // a tie between 1 and 1.125
  EXPECT_EQ(round_trip(1.1875), 1.25);
  EXPECT_EQ(round_trip(1000), 448);
  EXPECT_EQ(round_trip(-15.9), -16);
  EXPECT_EQ(round_trip(std::ldexp(1, -9)), std::ldexp(1, -9));
  EXPECT_TRUE(std::isnan(round_trip(std::nan(""))));
}

TEST(Tensor, ConversionAndViews) {
  const std::vector<float> values = {1, 2.5f, -3};
  const Tensor tensor = Tensor::from<float>(DType::kF32, {3}, values);
  const Tensor back = tensor.to(DType::kBf16).to(DType::kF32);
  EXPECT_EQ(back.values<float>()[1], 2.5f);
  TensorView view = Tensor(DType::kF32, {2, 3}).view();
  EXPECT_TRUE(view.is_contiguous());
  std::swap(view.strides[0], view.strides[1]);
  EXPECT_FALSE(view.is_contiguous());
}

}  // namespace
}  // namespace lathe
