// SPDX-License-Identifier: Apache-2.0
// gated_activation and unary: every kind of function against libm in double, over its whole range.
#include <gtest/gtest.h>

#include "lathe/ops/elementwise.h"
#include "lathe/ops/gated_activation.h"
#include "tests/support/kernel_call.h"

namespace lathe::kernels {
namespace {

using namespace lathe::testing;  // NOLINT(google-build-using-namespace): the harness
using ops::UnaryKind;

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double gelu_tanh(double x) {
  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
}

struct Function {
  UnaryKind kind;
  double (*of)(double);
  double low, high;  // where it is compared
};

const Function kFunctions[] = {
    {UnaryKind::kNeg, [](double x) { return -x; }, -9, 9},
    {UnaryKind::kAbs, [](double x) { return std::abs(x); }, -9, 9},
    {UnaryKind::kExp, [](double x) { return std::exp(x); }, -80, 80},
    {UnaryKind::kLog, [](double x) { return std::log(x); }, 1e-3, 1e6},
    {UnaryKind::kSqrt, [](double x) { return std::sqrt(x); }, 0, 1e6},
    {UnaryKind::kRsqrt, [](double x) { return 1 / std::sqrt(x); }, 1e-3, 1e6},
    {UnaryKind::kReciprocal, [](double x) { return 1 / x; }, 0.1, 1e4},
    {UnaryKind::kSquare, [](double x) { return x * x; }, -100, 100},
    {UnaryKind::kSin, [](double x) { return std::sin(x); }, -20, 20},
    {UnaryKind::kCos, [](double x) { return std::cos(x); }, -20, 20},
    {UnaryKind::kTanh, [](double x) { return std::tanh(x); }, -12, 12},
    {UnaryKind::kErf, [](double x) { return std::erf(x); }, -6, 6},
    {UnaryKind::kSigmoid, sigmoid, -80, 80},
    {UnaryKind::kRelu, [](double x) { return std::max(x, 0.0); }, -9, 9},
    {UnaryKind::kSilu, [](double x) { return x * sigmoid(x); }, -60, 60},
    {UnaryKind::kGelu, [](double x) { return x * (1 + std::erf(x / M_SQRT2)) / 2; }, -5, 20},
    {UnaryKind::kGeluTanh, gelu_tanh, -5, 20},
    {UnaryKind::kQuickGelu, [](double x) { return x * sigmoid(1.702 * x); }, -40, 40},
    {UnaryKind::kFloor, [](double x) { return std::floor(x); }, -50, 50},
    {UnaryKind::kCeil, [](double x) { return std::ceil(x); }, -50, 50},
    {UnaryKind::kRound, [](double x) { return std::nearbyint(x); }, -50, 50},
};

// `count` values over the range, its ends among them.
Tensor grid(const Function& function, std::vector<int64_t> sizes) {
  Tensor x(DType::kF32, std::move(sizes));
  const auto values = x.values<float>();
  for (size_t i = 0; i < values.size(); ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(values.size() - 1);
    values[i] = static_cast<float>(function.low + share * (function.high - function.low));
  }
  return x;
}

TEST(UnaryKernels, EveryKindIsInTheTableOrABool) {
  for (const UnaryKind kind : enum_values(UnaryKind{})) {
    const bool known = std::ranges::any_of(
        kFunctions, [&](const Function& function) { return function.kind == kind; });
    EXPECT_EQ(known, kind != UnaryKind::kNot) << to_string(kind);
  }
}

TEST(UnaryKernels, FollowTheirFunctionOverTheRange) {
  for (const Function& function : kFunctions) {
    SCOPED_TRACE(to_string(function.kind));
    const Tensor x = grid(function, {7, 143});
    std::vector<double> expected;
    for (const double value : numbers(x)) expected.push_back(function.of(value));
    for_each_kernel(ops::Unary{function.kind}, {x},
                    [&](const std::vector<Tensor>& y) { expect_near(y[0], expected, 3e-6, 2e-6); });
  }
}

TEST(UnaryKernels, RoundTiesGoToTheEvenNumber) {
  for_each_kernel(ops::Unary{UnaryKind::kRound},
                  {floats({6}, {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, 3.5f})},
                  [](const std::vector<Tensor>& y) {
                    expect_near(y[0], {0, 2, 2, 0, -2, 4}, 0);
                  });
}

TEST(UnaryKernels, SaturatingFunctionsEndWhereTheyShould) {
  const Tensor x = floats({4}, {-kInf, -1e30f, 1e30f, kInf});
  const std::pair<UnaryKind, std::vector<double>> cases[] = {
      {UnaryKind::kSigmoid, {0, 0, 1, 1}},     {UnaryKind::kTanh, {-1, -1, 1, 1}},
      {UnaryKind::kErf, {-1, -1, 1, 1}},       {UnaryKind::kExp, {0, 0, kInf, kInf}},
      {UnaryKind::kRelu, {0, 0, 1e30f, kInf}},
  };
  for (const auto& [kind, expected] : cases) {
    SCOPED_TRACE(to_string(kind));
    const std::vector<double> wanted = expected;
    for_each_kernel(ops::Unary{kind}, {x},
                    [&](const std::vector<Tensor>& y) { expect_near(y[0], wanted, 1e-6); });
  }
}

TEST(UnaryKernels, NaNIsHandedOn) {
  for (const Function& function : kFunctions) {
    SCOPED_TRACE(to_string(function.kind));
    for_each_kernel(ops::Unary{function.kind}, {floats({3}, {1, kNan, 1})},
                    [](const std::vector<Tensor>& y) {
                      EXPECT_TRUE(std::isnan(at(y[0], 1)));
                      EXPECT_TRUE(std::isfinite(at(y[0], 0)) && std::isfinite(at(y[0], 2)));
                    });
  }
}

TEST(GatedActivationKernels, MultiplyTheHalvesForEveryWidth) {
  Draws draw(1);
  for (const int64_t n : odd_sizes()) {
    SCOPED_TRACE(n);
    const Tensor x = draw.normal({3, 2 * n}, 3);
    std::vector<double> expected;
    for (int64_t i = 0; i < 3 * n; ++i) {
      const double gate = at(x, i / n * 2 * n + i % n), up = at(x, i / n * 2 * n + n + i % n);
      expected.push_back(gate * sigmoid(gate) * up);
    }
    for_each_kernel(ops::GatedActivation{}, {x},
                    [&](const std::vector<Tensor>& y) { expect_near(y[0], expected, 3e-6, 1e-6); });
  }
}

TEST(GatedActivationKernels, TakeEveryActivation) {
  const Tensor x = Draws(2).normal({2, 36});
  for (const Function& function : kFunctions) {
    if (function.low >= 0) continue;  // not defined for all of x
    SCOPED_TRACE(to_string(function.kind));
    std::vector<double> expected;
    for (int64_t i = 0; i < 36; ++i) {
      const int64_t first = i / 18 * 36 + i % 18;
      expected.push_back(function.of(at(x, first)) * at(x, first + 18));
    }
    for_each_kernel(ops::GatedActivation{function.kind}, {x},
                    [&](const std::vector<Tensor>& y) { expect_near(y[0], expected, 3e-6, 2e-6); });
  }
}

TEST(GatedActivationKernels, SayWhyTheyRefuse) {
  const Tensor x = Draws(3).normal({1, 8});
  EXPECT_EQ(refusal("gated_activation.cpu.avx2", ops::GatedActivation{}, {x.to(DType::kBf16)}, {}),
            "x is bf16, this kernel takes f32");
  EXPECT_EQ(refusal("gated_activation.cpu.avx2", ops::GatedActivation{UnaryKind::kLog}, {x}, {}),
            "no vector form of log");
}

}  // namespace
}  // namespace lathe::kernels
