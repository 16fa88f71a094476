// SPDX-License-Identifier: Apache-2.0
// layer_norm against its formula in double.
#include <gtest/gtest.h>

#include "lathe/ops/norm.h"
#include "tests/support/kernel_call.h"

namespace lathe::kernels {
namespace {

using namespace lathe::testing;  // NOLINT(google-build-using-namespace): the harness

struct Moments {
  double mean = 0, variance = 0;
};

Moments moments_of(const Tensor& x, int64_t first, int64_t count) {
  Moments out;
  for (int64_t i = 0; i < count; ++i) out.mean += at(x, first + i) / static_cast<double>(count);
  for (int64_t i = 0; i < count; ++i) {
    const double off = at(x, first + i) - out.mean;
    out.variance += off * off / static_cast<double>(count);
  }
  return out;
}

// y = (x - mean) / sqrt(var + eps) * w + b; b may be empty.
std::vector<double> in_double(const Tensor& x, const Tensor& w, const Tensor& b, double eps) {
  const int64_t n = w.num_elements();
  std::vector<double> y;
  for (int64_t first = 0; first < x.num_elements(); first += n) {
    const Moments of_row = moments_of(x, first, n);
    for (int64_t i = 0; i < n; ++i) {
      const double normal = (at(x, first + i) - of_row.mean) / std::sqrt(of_row.variance + eps);
      y.push_back(normal * at(w, i) + (b.empty() ? 0 : at(b, i)));
    }
  }
  return y;
}

TEST(LayerNormKernels, FollowTheFormulaForEveryWidth) {
  Draws draw(1);
  for (const int64_t n : odd_sizes()) {
    SCOPED_TRACE(n);
    const Tensor x = draw.normal({3, n}, 4), w = draw.normal({n}), b = draw.normal({n});
    for_each_kernel(ops::LayerNorm{.eps = 1e-3f}, {x, w, b}, [&](const std::vector<Tensor>& y) {
      expect_near(y[0], in_double(x, w, b, 1e-3f), 1e-5, 2e-5);
    });
  }
}

TEST(LayerNormKernels, NeedNoBias) {
  Draws draw(2);
  const Tensor x = draw.normal({2, 5, 37}), w = draw.normal({37});
  for_each_kernel(ops::LayerNorm{}, {x, w}, [&](const std::vector<Tensor>& y) {
    EXPECT_EQ(y[0].sizes(), x.sizes());
    expect_near(y[0], in_double(x, w, {}, 1e-5f), 1e-5, 1e-5);
  });
}

// Statistics in one pass (mean of squares minus square of the mean) would lose all digits here.
TEST(LayerNormKernels, KeepTheirDigitsFarFromZero) {
  Draws draw(3);
  Tensor x = draw.normal({2, 64});
  for (float& value : x.values<float>()) value += 4096;
  const Tensor w = draw.normal({64}), b = draw.normal({64});
  for_each_kernel(ops::LayerNorm{}, {x, w, b}, [&](const std::vector<Tensor>& y) {
    expect_near(y[0], in_double(x, w, b, 1e-5f), 1e-3, 1e-3);
  });
}

TEST(LayerNormKernels, AConstantRowGivesTheBias) {
  const Tensor x = floats({1, 3}, {5, 5, 5}), w = floats({3}, {1, 2, 3}),
               b = floats({3}, {7, 8, 9});
  for_each_kernel(ops::LayerNorm{}, {x, w, b}, [&](const std::vector<Tensor>& y) {
    expect_near(y[0], {7, 8, 9}, 1e-6);
  });
}

TEST(LayerNormKernels, TakeWeightsAndBiasesOfNarrowDtypes) {
  Draws draw(4);
  const Tensor x = draw.normal({3, 48});
  for (const DType dtype : {DType::kF16, DType::kBf16}) {
    const Tensor w = draw.normal({48}).to(dtype), b = draw.normal({48}).to(dtype);
    for_each_kernel(ops::LayerNorm{}, {x, w, b}, [&](const std::vector<Tensor>& y) {
      expect_near(y[0], in_double(x, w, b, 1e-5f), 1e-5, 1e-5);
    });
  }
}

TEST(LayerNormKernels, NaNStaysInItsRow) {
  Tensor x = Draws(5).normal({2, 18});
  x.values<float>()[3] = kNan;
  const Tensor w = Draws(6).normal({18});
  for_each_kernel(ops::LayerNorm{}, {x, w}, [&](const std::vector<Tensor>& y) {
    for (int64_t i = 0; i < 18; ++i) {
      EXPECT_TRUE(std::isnan(at(y[0], i)));
      EXPECT_TRUE(std::isfinite(at(y[0], 18 + i)));
    }
  });
}

}  // namespace
}  // namespace lathe::kernels
