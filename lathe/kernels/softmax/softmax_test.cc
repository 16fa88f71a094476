// SPDX-License-Identifier: Apache-2.0
// softmax against its formula in double, and the properties that sampling and attention rely on.
#include <gtest/gtest.h>

#include "lathe/ops/reduce.h"
#include "tests/support/kernel_call.h"

namespace lathe::kernels {
namespace {

using namespace lathe::testing;  // NOLINT(google-build-using-namespace): the harness

// Over `count` elements that stand `stride` apart.
void softmax_line(std::vector<double>& values, int64_t first, int64_t count, int64_t stride) {
  double greatest = -kInf, sum = 0;
  for (int64_t i = 0; i < count; ++i) greatest = std::max(greatest, values[first + i * stride]);
  for (int64_t i = 0; i < count; ++i) {
    double& value = values[static_cast<size_t>(first + i * stride)];
    sum += value = std::exp(value - greatest);
  }
  for (int64_t i = 0; i < count; ++i) values[static_cast<size_t>(first + i * stride)] /= sum;
}

std::vector<double> rows_in_double(const Tensor& x) {
  std::vector<double> y = numbers(x);
  const int64_t n = x.size(-1);
  for (int64_t first = 0; first < x.num_elements(); first += n) softmax_line(y, first, n, 1);
  return y;
}

TEST(SoftmaxKernels, FollowTheFormulaForEveryWidth) {
  Draws draw(1);
  for (const int64_t n : odd_sizes()) {
    SCOPED_TRACE(n);
    const Tensor x = draw.normal({5, n}, 3);
    for_each_kernel(ops::Softmax{}, {x}, [&](const std::vector<Tensor>& y) {
      expect_near(y[0], rows_in_double(x), 2e-6, 1e-9);
    });
  }
}

TEST(SoftmaxKernels, SumToOne) {
  const Tensor x = Draws(2).normal({4, 1000}, 10);
  for_each_kernel(ops::Softmax{}, {x}, [&](const std::vector<Tensor>& y) {
    for (int64_t row = 0; row < 4; ++row) {
      double sum = 0;
      for (int64_t i = 0; i < 1000; ++i) sum += at(y[0], row * 1000 + i);
      EXPECT_NEAR(sum, 1, 1e-5);
    }
  });
}

TEST(SoftmaxKernels, AnyAxisMayBeTheLine) {
  const Tensor x = Draws(3).normal({3, 5, 7});
  for (const int axis : {0, 1, -2, -3}) {
    SCOPED_TRACE(axis);
    const int64_t stride = axis == 0 || axis == -3 ? 35 : 7, count = stride == 35 ? 3 : 5;
    std::vector<double> expected = numbers(x);
    for (int64_t i = 0; i < x.num_elements(); ++i) {
      if (i / stride % count == 0) softmax_line(expected, i, count, stride);
    }
    for_each_kernel(ops::Softmax{.axis = axis}, {x},
                    [&](const std::vector<Tensor>& y) { expect_near(y[0], expected, 2e-6); });
  }
}

TEST(SoftmaxKernels, HugeLogitsDoNotOverflow) {
  const Tensor x = floats({2, 3}, {3e38f, 3e38f, -3e38f, -3e38f, -3e38f, -3e38f});
  for_each_kernel(ops::Softmax{}, {x}, [&](const std::vector<Tensor>& y) {
    expect_near(y[0], {0.5, 0.5, 0, 1 / 3., 1 / 3., 1 / 3.}, 1e-6);
  });
}

TEST(SoftmaxKernels, MinusInfinityHasNoShare) {
  Tensor x = Draws(4).normal({1, 40});
  for (const size_t banned : {0, 17, 39}) x.values<float>()[banned] = -kInf;
  for_each_kernel(ops::Softmax{}, {x}, [&](const std::vector<Tensor>& y) {
    for (const int64_t banned : {0, 17, 39}) EXPECT_EQ(at(y[0], banned), 0);
    expect_near(y[0], rows_in_double(x), 2e-6, 1e-9);
  });
}

TEST(SoftmaxKernels, OneElementIsCertain) {
  for_each_kernel(ops::Softmax{}, {floats({3, 1}, {-7, 0, 1e30f})},
                  [&](const std::vector<Tensor>& y) {
                    expect_near(y[0], {1, 1, 1}, 0);
                  });
}

TEST(SoftmaxKernels, AConstantAddedToARowChangesNothing) {
  Tensor x(DType::kF32, {1, 50});  // multiples of 1/64: sums with 512 are exact
  Draws draw(5);
  for (float& value : x.values<float>()) value = static_cast<float>(draw.below(1024)) / 64;
  Tensor shifted = clone(x);
  for (float& value : shifted.values<float>()) value += 512;
  for_each_kernel(ops::Softmax{}, {x}, [&](const std::vector<Tensor>& y) {
    for_each_kernel(ops::Softmax{}, {shifted},
                    [&](const std::vector<Tensor>& z) { expect_near(z[0], numbers(y[0]), 1e-6); });
  });
}

TEST(SoftmaxKernels, SayWhyTheyRefuse) {
  const Tensor x = Draws(6).normal({2, 3, 4});
  EXPECT_EQ(refusal("softmax.cpu.avx2", ops::Softmax{.axis = 1}, {x}, {}),
            "axis 1 is not the last one");
  EXPECT_EQ(refusal("softmax.cpu.avx2", ops::Softmax{.axis = 2}, {x}, {}), "");
  EXPECT_EQ(refusal("softmax.cpu.avx2", ops::Softmax{}, {x.to(DType::kF16)}, {}),
            "x is f16, this kernel takes f32");
}

}  // namespace
}  // namespace lathe::kernels
