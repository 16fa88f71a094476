// SPDX-License-Identifier: Apache-2.0
// rms_norm against its formula in double, on sizes and values that a model seldom shows.
#include <gtest/gtest.h>

#include "lathe/ops/norm.h"
#include "tests/support/kernel_call.h"

namespace lathe::kernels {
namespace {

using namespace lathe::testing;  // NOLINT(google-build-using-namespace): the harness

// y = s / sqrt(mean(s^2) + eps) * w, row by row.
std::vector<double> in_double(const Tensor& s, const Tensor& w, double eps) {
  const int64_t n = w.num_elements();
  std::vector<double> y;
  for (int64_t row = 0; row < s.num_elements() / n; ++row) {
    double sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += at(s, row * n + i) * at(s, row * n + i);
    const double root = std::sqrt(sum / static_cast<double>(n) + eps);
    for (int64_t i = 0; i < n; ++i) y.push_back(at(s, row * n + i) / root * at(w, i));
  }
  return y;
}

TEST(RmsNormKernels, FollowTheFormulaForEveryWidth) {
  Draws draw(1);
  for (const int64_t n : odd_sizes()) {
    SCOPED_TRACE(n);
    const Tensor x = draw.normal({3, n}), w = draw.normal({n});
    for_each_kernel(ops::RmsNorm{.eps = 1e-5f}, {x, w}, [&](const std::vector<Tensor>& y) {
      expect_near(y[0], in_double(x, w, 1e-5f), 1e-5, 1e-7);
    });
  }
}

TEST(RmsNormKernels, TakeWeightsOfEveryFloatingDtype) {
  Draws draw(2);
  const Tensor x = draw.normal({2, 33});
  for (const DType dtype : {DType::kF32, DType::kF16, DType::kBf16}) {
    const Tensor w = draw.normal({33}).to(dtype);
    for_each_kernel(ops::RmsNorm{}, {x, w}, [&](const std::vector<Tensor>& y) {
      expect_near(y[0], in_double(x, w, 1e-5f), 1e-5, 1e-7);
    });
  }
}

TEST(RmsNormKernels, GiveTheSumAsWellAsTheNormOfAResidual) {
  Draws draw(3);
  for (const int64_t n : {1, 16, 45}) {
    const Tensor x = draw.normal({4, n}), residual = draw.normal({4, n}), w = draw.normal({n});
    std::vector<float> sum;
    for (int64_t i = 0; i < x.num_elements(); ++i) {
      sum.push_back(x.values<float>()[i] + residual.values<float>()[i]);
    }
    const Tensor s = floats({4, n}, sum);
    for_each_kernel(ops::RmsNorm{.residual = true}, {x, residual, w},
                    [&](const std::vector<Tensor>& y) {
                      expect_near(y[0], numbers(s), 0);
                      expect_near(y[1], in_double(s, w, 1e-5f), 1e-5, 1e-7);
                    });
  }
}

TEST(RmsNormKernels, EpsilonKeepsARowOfZerosAtZero) {
  const Tensor x(DType::kF32, {2, 40});
  const Tensor w = Draws(4).normal({40});
  for_each_kernel(ops::RmsNorm{.eps = 1e-6f}, {x, w}, [&](const std::vector<Tensor>& y) {
    for (const double value : numbers(y[0])) EXPECT_EQ(value, 0);
  });
}

TEST(RmsNormKernels, TinyValuesAreScaledByEpsilonAlone) {
  const Tensor x = floats({1, 4}, {1e-20f, -1e-20f, 2e-20f, 0});
  const Tensor w = floats({4}, {1, 1, 1, 1});
  for_each_kernel(ops::RmsNorm{.eps = 1e-6f}, {x, w}, [&](const std::vector<Tensor>& y) {
    expect_near(y[0], {1e-17, -1e-17, 2e-17, 0}, 1e-5);
  });
}

TEST(RmsNormKernels, ARowNeverSeesItsNeighbours) {
  Draws draw(5);
  const int64_t n = 50;
  const Tensor all = draw.normal({9, n}), w = draw.normal({n});
  const Problem whole = problem_of(ops::RmsNorm{}, std::vector<Tensor>{all, w});
  for (const Kernel* kernel : cpu_kernels(whole)) {
    SCOPED_TRACE(kernel->name);
    const Tensor y = call_kernel(*kernel, whole, std::vector<Tensor>{all, w}, pool_with(3))[0];
    for (int64_t row = 0; row < 9; ++row) {
      const Tensor one = testing::internal::rows_of(all.view(), row, row + 1);
      const std::vector<Tensor> inputs = {one, w};
      const Problem alone = problem_of(ops::RmsNorm{}, inputs);
      const Tensor single = call_kernel(*kernel, alone, inputs, pool_with(1))[0];
      EXPECT_TRUE(same_bits(single, testing::internal::rows_of(y.view(), row, row + 1))) << row;
    }
  }
}

TEST(RmsNormKernels, NaNAndInfinityStayInTheirRow) {
  Tensor x = Draws(6).normal({3, 20});
  x.values<float>()[4] = kNan;
  x.values<float>()[20 + 7] = kInf;
  const Tensor w = Draws(7).normal({20});
  for_each_kernel(ops::RmsNorm{}, {x, w}, [&](const std::vector<Tensor>& y) {
    EXPECT_TRUE(std::isnan(at(y[0], 0)));
    EXPECT_TRUE(std::isnan(at(y[0], 20 + 7))) << "infinity over infinity";
    EXPECT_EQ(at(y[0], 20), 0) << "a number over infinity";
    const Tensor rest = testing::internal::rows_of(y[0].view(), 2, 3);
    expect_near(rest, in_double(testing::internal::rows_of(x.view(), 2, 3), w, 1e-5f), 1e-5);
  });
}

TEST(RmsNormKernels, CodesAreTheNearestIntegersOfTheNorm) {
  Draws draw(8);
  for (const int64_t block : {32, 64}) {
    const Tensor x = draw.normal({3, 128}), w = draw.normal({128});
    const std::vector<double> norm = in_double(x, w, 1e-5f);
    for_each_kernel(
        ops::RmsNorm{.quantize_block = block}, {x, w}, [&](const std::vector<Tensor>& y) {
          for (int64_t i = 0; i < 3 * 128; ++i) {
            const double scale = at(y[1], i / block);
            EXPECT_NEAR(at(y[0], i) * scale, norm[static_cast<size_t>(i)], scale * 0.501) << i;
            EXPECT_LE(std::abs(at(y[0], i)), 127);
          }
        });
  }
}

TEST(RmsNormKernels, SayWhyTheyRefuse) {
  const Tensor x = Draws(9).normal({1, 64}), w = Draws(10).normal({64});
  EXPECT_EQ(refusal("rms_norm.cpu.avx512", ops::RmsNorm{}, {x, w}, {.isa = CpuIsa::kAvx2}),
            "needs avx512, the target has avx2");
  EXPECT_EQ(
      refusal("rms_norm.cpu.avx2", ops::RmsNorm{}, {x.to(DType::kBf16), w}, {.isa = CpuIsa::kAvx2}),
      "x is bf16, this kernel takes f32");
  EXPECT_EQ(refusal("rms_norm.cpu.avx2", ops::RmsNorm{}, {x, w}, {.device = DeviceKind::kCuda}),
            "runs on a CPU");
}

}  // namespace
}  // namespace lathe::kernels
