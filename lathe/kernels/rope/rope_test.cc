// SPDX-License-Identifier: Apache-2.0
// rope against complex rotation in double; the properties that attention relies on.
#include <gtest/gtest.h>

#include <complex>

#include "lathe/ops/rope.h"
#include "tests/support/kernel_call.h"

namespace lathe::kernels {
namespace {

using namespace lathe::testing;  // NOLINT(google-build-using-namespace): the harness

// Where the two numbers of pair i stand in a head.
std::pair<int64_t, int64_t> pair_of(const ops::Rope& op, int64_t i) {
  if (op.style == ops::RopeStyle::kInterleaved) return {2 * i, 2 * i + 1};
  return {i, i + op.rotary_dims / 2};
}

// Rotates every pair of every head; `stretch` divides the positions (linear scaling).
std::vector<double> rotated(const ops::Rope& op, const Tensor& x, const Tensor& positions,
                            double stretch = 1) {
  std::vector<double> y = numbers(x);
  const int64_t heads = x.size(1), dim = x.size(2);
  for (int64_t head = 0; head < x.size(0) * heads; ++head) {
    for (int64_t i = 0; i < op.rotary_dims / 2; ++i) {
      const auto [a, b] = pair_of(op, i);
      const double exponent = -2.0 * static_cast<double>(i) / static_cast<double>(op.rotary_dims);
      const double angle = at(positions, head / heads) / stretch * std::pow(op.theta, exponent);
      const std::complex<double> before(at(x, head * dim + a), at(x, head * dim + b));
      const std::complex<double> after = before * std::polar(1.0, angle);
      y[static_cast<size_t>(head * dim + a)] = after.real();
      y[static_cast<size_t>(head * dim + b)] = after.imag();
    }
  }
  return y;
}

const ops::RopeStyle kStyles[] = {ops::RopeStyle::kHalf, ops::RopeStyle::kInterleaved};

TEST(RopeKernels, RotatePairsForEveryHeadSizeAndStyle) {
  Draws draw(1);
  for (const int64_t dim : {2, 4, 16, 18, 32, 40, 64, 128}) {
    for (const ops::RopeStyle style : kStyles) {
      SCOPED_TRACE(cat(dim, " ", to_string(style)));
      const ops::Rope op{.rotary_dims = dim, .style = style};
      const Tensor x = draw.normal({4, 3, dim}), positions = ints({0, 1, 77, 4095});
      for_each_kernel(op, {x, positions}, [&](const std::vector<Tensor>& y) {
        expect_near(y[0], rotated(op, x, positions), 1e-5, 2e-5);
      });
    }
  }
}

TEST(RopeKernels, LeaveWhatIsBehindTheRotaryDims) {
  const Tensor x = Draws(2).normal({2, 2, 24}), positions = ints({3, 9});
  for (const ops::RopeStyle style : kStyles) {
    const ops::Rope op{.rotary_dims = 10, .style = style};
    for_each_kernel(op, {x, positions}, [&](const std::vector<Tensor>& y) {
      expect_near(y[0], rotated(op, x, positions), 1e-5, 1e-5);
      for (int64_t i = 10; i < 24; ++i) EXPECT_EQ(at(y[0], i), at(x, i));
    });
  }
}

TEST(RopeKernels, PositionZeroChangesNothing) {
  const Tensor x = Draws(3).normal({1, 2, 32}), positions = ints({0});
  for (const ops::RopeStyle style : kStyles) {
    for_each_kernel(ops::Rope{.rotary_dims = 32, .style = style}, {x, positions},
                    [&](const std::vector<Tensor>& y) { expect_near(y[0], numbers(x), 0); });
  }
}

// What the embedding is for: q.k depends on the distance of their positions alone.
TEST(RopeKernels, ProductsDependOnTheDistanceAlone) {
  const Tensor q = Draws(4).normal({1, 1, 64}), k = Draws(5).normal({1, 1, 64});
  const auto dot = [&](int32_t q_position, int32_t k_position) {
    double sum = 0;
    const ops::Rope op{.rotary_dims = 64};
    for_each_kernel(op, {q, ints({q_position})}, [&](const std::vector<Tensor>& a) {
      for_each_kernel(op, {k, ints({k_position})}, [&](const std::vector<Tensor>& b) {
        sum = 0;
        for (int64_t i = 0; i < 64; ++i) sum += at(a[0], i) * at(b[0], i);
      });
    });
    return sum;
  };
  EXPECT_NEAR(dot(10, 3), dot(1010, 1003), 1e-3);
  EXPECT_NEAR(dot(5, 5), dot(0, 0), 1e-4);
  EXPECT_GT(std::abs(dot(10, 3) - dot(10, 4)), 1e-3);
}

TEST(RopeKernels, KeepLengths) {
  const Tensor x = Draws(6).normal({3, 2, 48}), positions = ints({11, 222, 33333});
  for_each_kernel(ops::Rope{.rotary_dims = 48}, {x, positions}, [&](const std::vector<Tensor>& y) {
    double before = 0, after = 0;
    for (const double value : numbers(x)) before += value * value;
    for (const double value : numbers(y[0])) after += value * value;
    EXPECT_NEAR(after / before, 1, 1e-5);
  });
}

TEST(RopeKernels, LinearScalingDividesThePositions) {
  const Tensor x = Draws(7).normal({2, 1, 32}), positions = ints({12, 100});
  const ops::Rope op{.rotary_dims = 32, .scaling = ops::LinearScaling{.factor = 4}};
  for_each_kernel(op, {x, positions}, [&](const std::vector<Tensor>& y) {
    expect_near(y[0], rotated(op, x, positions, 4), 1e-5, 1e-5);
  });
}

TEST(RopeKernels, FarPositionsKeepTheirDigits) {
  const Tensor x = Draws(8).normal({2, 1, 128}), positions = ints({1000003, 16777215});
  const ops::Rope op{.rotary_dims = 128, .theta = 500000};
  for_each_kernel(op, {x, positions}, [&](const std::vector<Tensor>& y) {
    expect_near(y[0], rotated(op, x, positions), 1e-4, 1e-4);
  });
}

// Longer than trained, the base grows: with no more than the trained tokens nothing changes.
TEST(RopeKernels, DynamicScalingGoesByTheLengthOfTheSequence) {
  const Tensor x = Draws(9).normal({2, 1, 16}), positions = ints({7, 7});
  const ops::Rope plain{.rotary_dims = 16};
  const ops::Rope op{.rotary_dims = 16,
                     .scaling = ops::DynamicScaling{.factor = 2, .original_max_positions = 64}};
  for_each_kernel(op, {x, positions, ints({64, 128})}, [&](const std::vector<Tensor>& y) {
    const std::vector<double> short_one = rotated(plain, x, positions);
    for (int64_t i = 0; i < 16; ++i) EXPECT_NEAR(at(y[0], i), short_one[size_t(i)], 1e-5);
    // theta * (factor * length / trained - (factor - 1)) ^ (dims / (dims - 2))
    ops::Rope longer = plain;
    longer.theta = 10000 * std::pow(2.0 * 128 / 64 - 1, 16.0 / 14);
    const std::vector<double> long_one = rotated(longer, x, positions);
    for (int64_t i = 16; i < 32; ++i) EXPECT_NEAR(at(y[0], i), long_one[size_t(i)], 1e-5);
  });
}

}  // namespace
}  // namespace lathe::kernels
