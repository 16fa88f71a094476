// SPDX-License-Identifier: Apache-2.0
// The vector functions against libm in f64, over their whole range; and AVX-512 against AVX2.
#include "lathe/kernels/cpu/vector_math_probe.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <vector>

#include "lathe/kernels/target.h"

namespace lathe::kernels {
namespace {

using ops::UnaryKind;

// Every magnitude from 2^-20 to 2^8, both signs, and what is special.
std::vector<float> arguments() {
  std::vector<float> out = {0.0f, -0.0f, INFINITY, -INFINITY, NAN, 88.72f, 88.73f, -87.3f, -103.9f};
  for (int exponent = -20; exponent < 8; ++exponent) {
    for (int step = 0; step < 512; ++step) {
      const float value = std::ldexp(1.0f + static_cast<float>(step) / 512, exponent);
      out.push_back(value);
      out.push_back(-value);
    }
  }
  while (out.size() % 16 != 0) out.push_back(1);
  return out;
}

struct Exact {
  UnaryKind kind;
  double (*function)(double);
  double ulps;   // relative, in units of the last place
  double slack;  // absolute
};

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

const Exact kExact[] = {
    {UnaryKind::kExp, [](double x) { return std::exp(x); }, 2, 1e-38},
    {UnaryKind::kSigmoid, sigmoid, 3, 1e-38},
    {UnaryKind::kTanh, [](double x) { return std::tanh(x); }, 4, 0},
    {UnaryKind::kSilu, [](double x) { return x * sigmoid(x); }, 4, 1e-35},
    {UnaryKind::kGelu, [](double x) { return x * std::erfc(-x * M_SQRT1_2) / 2; }, 4, 1e-6},
    {UnaryKind::kRelu, [](double x) { return std::fmax(x, 0); }, 0, 0},
};

void check(const Exact& exact, float x, float got) {
  const double wanted = exact.function(static_cast<double>(x));
  if (std::isnan(x)) {
    EXPECT_TRUE(std::isnan(got)) << to_string(exact.kind);
  } else if (std::isinf(x) || std::fabs(wanted) > 3.402823e38) {
    // Infinities times 0 are NaN in f32 too: silu and gelu of minus infinity.
    EXPECT_TRUE(std::isinf(got) || std::isnan(got) || got == static_cast<float>(wanted))
        << to_string(exact.kind) << " of " << x << " is " << got;
  } else {
    const double error = std::fabs(static_cast<double>(got) - wanted);
    EXPECT_LE(error, exact.ulps * 0x1p-24 * 2 * std::fabs(wanted) + exact.slack)
        << to_string(exact.kind) << " of " << x << " is " << got << ", expected " << wanted;
  }
}

TEST(VectorMath, AgreesWithLibm) {
  const std::vector<float> x = arguments();
  std::vector<float> y(x.size());
  for (const Exact& exact : kExact) {
    vector_function_avx2(exact.kind, x, y);
    for (size_t i = 0; i < x.size(); ++i) check(exact, x[i], y[i]);
  }
}

TEST(VectorMath, GivesExactlyZeroAndOneAtTheEnds) {
  std::vector<float> x(16, -INFINITY), y(16, 7.0f);
  vector_function_avx2(UnaryKind::kExp, x, y);
  EXPECT_EQ(y[0], 0.0f);
  x.assign(16, 0.0f);
  vector_function_avx2(UnaryKind::kExp, x, y);
  EXPECT_EQ(y[0], 1.0f);
}

TEST(VectorMath, HasTheSameBitsInBothClasses) {
  if (machine_isa() < CpuIsa::kAvx512) GTEST_SKIP() << "this CPU lacks AVX-512";
  const std::vector<float> x = arguments();
  std::vector<float> a(x.size()), b(x.size());
  for (const Exact& exact : kExact) {
    vector_function_avx2(exact.kind, x, a);
    vector_function_avx512(exact.kind, x, b);
    for (size_t i = 0; i < x.size(); ++i) {
      if (std::isnan(a[i]) && std::isnan(b[i])) continue;
      EXPECT_EQ(std::bit_cast<uint32_t>(a[i]), std::bit_cast<uint32_t>(b[i]))
          << to_string(exact.kind) << " of " << x[i];
    }
  }
}

}  // namespace
}  // namespace lathe::kernels
