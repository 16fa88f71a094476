// SPDX-License-Identifier: Apache-2.0
// binary, compare, where, cast: each kind against its rule, broadcasting, the corners of integers.
#include <gtest/gtest.h>

#include <limits>

#include "lathe/ops/elementwise.h"
#include "tests/support/kernel_call.h"

namespace lathe::kernels {
namespace {

using namespace lathe::testing;  // NOLINT(google-build-using-namespace): the harness
using ops::BinaryKind;
using ops::CompareKind;

void expect_binary(BinaryKind kind, const Tensor& a, const Tensor& b,
                   const std::vector<double>& expected, double relative = 0) {
  SCOPED_TRACE(to_string(kind));
  for_each_kernel(ops::Binary{kind}, {a, b},
                  [&](const std::vector<Tensor>& y) { expect_near(y[0], expected, relative); });
}

struct Floating {
  BinaryKind kind;
  double (*of)(double, double);
};
const Floating kFloating[] = {
    {BinaryKind::kAdd, [](double a, double b) { return a + b; }},
    {BinaryKind::kSub, [](double a, double b) { return a - b; }},
    {BinaryKind::kMul, [](double a, double b) { return a * b; }},
    {BinaryKind::kDiv, [](double a, double b) { return a / b; }},
    {BinaryKind::kMax, [](double a, double b) { return std::max(a, b); }},
    {BinaryKind::kMin, [](double a, double b) { return std::min(a, b); }},
};

TEST(BinaryKernels, FollowTheirRuleOnFloats) {
  Draws draw(1);
  for (const int64_t n : odd_sizes()) {
    const Tensor a = draw.normal({2, n}), b = draw.normal({2, n});
    for (const Floating& each : kFloating) {
      std::vector<double> expected;
      for (int64_t i = 0; i < 2 * n; ++i) expected.push_back(each.of(at(a, i), at(b, i)));
      for_each_kernel(ops::Binary{each.kind}, {a, b}, [&](const std::vector<Tensor>& y) {
        expect_near(y[0], expected, 1e-6, 1e-7);
      });
    }
  }
}

// Where element i of [2, 3, 4] stands in an operand of another shape.
TEST(BinaryKernels, BroadcastAsNumpyDoes) {
  struct Case {
    std::vector<int64_t> sizes;
    int64_t (*index)(int64_t);
  };
  const Case cases[] = {{{1}, [](int64_t) -> int64_t { return 0; }},
                        {{4}, [](int64_t i) { return i % 4; }},
                        {{3, 1}, [](int64_t i) { return i / 4 % 3; }},
                        {{3, 4}, [](int64_t i) { return i % 12; }},
                        {{2, 1, 1}, [](int64_t i) { return i / 12; }},
                        {{2, 1, 4}, [](int64_t i) { return i / 12 * 4 + i % 4; }}};
  Draws draw(2);
  const Tensor a = draw.normal({2, 3, 4});
  for (const Case& each : cases) {
    const Tensor b = draw.normal(each.sizes);
    std::vector<double> difference, negative;
    for (int64_t i = 0; i < 24; ++i) {
      difference.push_back(static_cast<float>(at(a, i)) - static_cast<float>(at(b, each.index(i))));
      negative.push_back(-difference.back());
    }
    expect_binary(BinaryKind::kSub, a, b, difference, 1e-7);
    expect_binary(BinaryKind::kSub, b, a, negative, 1e-7);
  }
}

TEST(BinaryKernels, BothSidesMayBeRepeated) {
  const Tensor column = floats({3, 1}, {1, 2, 3}), row = floats({1, 2}, {10, 20});
  expect_binary(BinaryKind::kAdd, column, row, {11, 21, 12, 22, 13, 23});
}

TEST(BinaryKernels, MaxAndMinHandNaNOnFromEitherSide) {
  const Tensor a = floats({4}, {kNan, 1, kNan, -kInf}), b = floats({4}, {1, kNan, kNan, 3});
  expect_binary(BinaryKind::kMax, a, b, {kNan, kNan, kNan, 3});
  expect_binary(BinaryKind::kMin, a, b, {kNan, kNan, kNan, -kInf});
}

TEST(BinaryKernels, IntegersDivideDownwardsAndNeverTrap) {
  const int32_t low = std::numeric_limits<int32_t>::min();
  const Tensor a = ints({7, -7, 7, -7, 5, low, low}), b = ints({2, 2, -2, -2, 0, -1, 0});
  expect_binary(BinaryKind::kDiv, a, b, {3, -4, -4, 3, 0, static_cast<double>(low), 0});
  expect_binary(BinaryKind::kMod, a, b, {1, 1, -1, -1, 0, 0, 0});
}

TEST(BinaryKernels, IntegersWrap) {
  const int32_t high = std::numeric_limits<int32_t>::max(), low = -high - 1;
  expect_binary(BinaryKind::kAdd, ints({high, low}), ints({1, -1}), {1.0 * low, 1.0 * high});
  expect_binary(BinaryKind::kSub, ints({low}), ints({1}), {1.0 * high});
  expect_binary(BinaryKind::kMul, ints({65536, high}), ints({65536, 2}), {0, -2});
}

TEST(BinaryKernels, IntegerPowersAreExactAndRoundTowardsZero) {
  expect_binary(BinaryKind::kPow, ints({2, -3, 7, 0, 1, -1, 2, 0}),
                ints({10, 3, 0, 0, -5, -3, -1, -1}), {1024, -27, 1, 1, 1, -1, 0, 0});
}

TEST(BinaryKernels, AndOrWorkOnBools) {
  Tensor a(DType::kBool, {4}), b(DType::kBool, {4});
  for (size_t i = 0; i < 4; ++i) {
    a.values<uint8_t>()[i] = static_cast<uint8_t>(i / 2);
    b.values<uint8_t>()[i] = static_cast<uint8_t>(i % 2);
  }
  expect_binary(BinaryKind::kAnd, a, b, {0, 0, 0, 1});
  expect_binary(BinaryKind::kOr, a, b, {0, 1, 1, 1});
}

struct Comparison {
  CompareKind kind;
  bool (*of)(double, double);
};
const Comparison kComparisons[] = {
    {CompareKind::kEq, [](double a, double b) { return a == b; }},
    {CompareKind::kNe, [](double a, double b) { return a != b; }},
    {CompareKind::kLt, [](double a, double b) { return a < b; }},
    {CompareKind::kLe, [](double a, double b) { return a <= b; }},
    {CompareKind::kGt, [](double a, double b) { return a > b; }},
    {CompareKind::kGe, [](double a, double b) { return a >= b; }},
};

TEST(CompareKernels, AgreeWithIeeeOnNaNZerosAndInfinities) {
  const std::vector<float> values = {-kInf, -1, -0.f, 0, 1, kInf, kNan};
  const Tensor a = floats({7, 1}, values), b = floats({7}, values);
  for (const Comparison& each : kComparisons) {
    SCOPED_TRACE(to_string(each.kind));
    std::vector<double> expected;
    for (int64_t i = 0; i < 49; ++i)
      expected.push_back(each.of(at(a, i / 7), at(b, i % 7)) ? 1 : 0);
    for_each_kernel(ops::Compare{each.kind}, {a, b}, [&](const std::vector<Tensor>& y) {
      EXPECT_EQ(y[0].dtype(), DType::kBool);
      expect_near(y[0], expected, 0);
    });
  }
}

TEST(CompareKernels, LongIntegersKeepAllTheirBits) {
  const int64_t big = (int64_t{1} << 53) + 1;  // no double
  const std::vector<int64_t> left = {big}, right = {big - 1};
  const Tensor a = Tensor::from<int64_t>(DType::kI64, {1}, left);
  const Tensor b = Tensor::from<int64_t>(DType::kI64, {1}, right);
  for_each_kernel(ops::Compare{CompareKind::kGt}, {a, b},
                  [](const std::vector<Tensor>& y) { EXPECT_EQ(at(y[0], 0), 1); });
}

TEST(WhereKernels, PickElementByElementWithBroadcasting) {
  Tensor condition(DType::kBool, {2, 1});
  condition.values<uint8_t>()[1] = 1;
  const Tensor a = floats({3}, {1, 2, 3}), b = floats({1}, {kNan});
  for_each_kernel(ops::Where{}, {condition, a, b}, [](const std::vector<Tensor>& y) {
    expect_near(y[0], {kNan, kNan, kNan, 1, 2, 3}, 0);
  });
}

TEST(CastKernels, IntegersAreCutTowardsZeroAndSaturate) {
  const Tensor x = floats({9}, {1.9f, -1.9f, 300, -300, kNan, kInf, -kInf, 127.5f, -0.5f});
  const std::pair<DType, std::vector<double>> cases[] = {
      {DType::kI8, {1, -1, 127, -128, 0, 127, -128, 127, 0}},
      {DType::kU8, {1, 0, 255, 0, 0, 255, 0, 127, 0}},
      {DType::kI32, {1, -1, 300, -300, 0, 2147483647, -2147483648.0, 127, 0}},
      {DType::kBool, {1, 1, 1, 1, 1, 1, 1, 1, 1}},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(to_string(each.first));
    for_each_kernel(ops::Cast{each.first}, {x},
                    [&](const std::vector<Tensor>& y) { expect_near(y[0], each.second, 0); });
  }
}

TEST(CastKernels, NarrowFloatsRoundToTheNearestEven) {
  const Tensor x = floats({5}, {1 + 0x1p-8f, 1 + 0x3p-8f, 1 + 0x1p-11f, 65520, 1e-8f});
  for_each_kernel(ops::Cast{DType::kBf16}, {x}, [](const std::vector<Tensor>& y) {
    expect_near(y[0], {1, 1 + 0x1p-6, 1, 65536, 1e-8}, 4e-3);
    EXPECT_EQ(at(y[0], 0), 1);
    EXPECT_EQ(at(y[0], 1), 1 + 0x1p-6);
  });
  for_each_kernel(ops::Cast{DType::kF16}, {x}, [](const std::vector<Tensor>& y) {
    EXPECT_EQ(at(y[0], 2), 1);
    EXPECT_EQ(at(y[0], 3), kInf) << "half way between the greatest and what would be next";
    EXPECT_EQ(at(y[0], 4), 0);
  });
}

TEST(CastKernels, WideningIsExactForEveryLength) {
  Draws draw(3);
  for (const DType dtype : {DType::kF16, DType::kBf16}) {
    for (const int64_t n : odd_sizes()) {
      const Tensor x = draw.normal({n}, 100).to(dtype);
      for_each_kernel(ops::Cast{DType::kF32}, {x},
                      [&](const std::vector<Tensor>& y) { expect_near(y[0], numbers(x), 0); });
    }
  }
}

}  // namespace
}  // namespace lathe::kernels
