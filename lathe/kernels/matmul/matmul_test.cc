// SPDX-License-Identifier: Apache-2.0
// matmul and linear against triple loops in double: every small shape, broadcasting, formats and
// fusions.
#include <gtest/gtest.h>

#include "lathe/ops/linear.h"
#include "lathe/ops/matmul.h"
#include "tests/support/kernel_call.h"

namespace lathe::kernels {
namespace {

using namespace lathe::testing;  // NOLINT(google-build-using-namespace): the harness

struct Sizes {
  int64_t m, n, k;
};

// Element (row, col) of the product of matrices that begin at elements `a0` and `b0`.
double product(const Tensor& a, int64_t a_first, const Tensor& b, int64_t b_first, int64_t b_step,
               int64_t k) {
  double sum = 0;
  for (int64_t i = 0; i < k; ++i) sum += at(a, a_first + i) * at(b, b_first + i * b_step);
  return sum;
}

std::vector<double> product_of(const Tensor& a, const Tensor& b, const Sizes& s, bool transposed) {
  std::vector<double> out;
  for (int64_t row = 0; row < s.m; ++row) {
    for (int64_t col = 0; col < s.n; ++col) {
      const int64_t first = transposed ? col * s.k : col;
      out.push_back(product(a, row * s.k, b, first, transposed ? 1 : s.n, s.k));
    }
  }
  return out;
}

const Sizes kShapes[] = {{1, 1, 1},  {1, 17, 3},  {3, 1, 33},  {2, 16, 16},  {5, 15, 40},
                         {7, 33, 9}, {16, 31, 2}, {4, 64, 65}, {13, 100, 7}, {1, 130, 128}};

TEST(MatMulKernels, FollowTheLoopsForEveryShape) {
  Draws draw(1);
  for (const Sizes& s : kShapes) {
    SCOPED_TRACE(cat(s.m, " x ", s.n, " x ", s.k));
    const Tensor a = draw.normal({s.m, s.k}), b = draw.normal({s.k, s.n});
    for_each_kernel(ops::MatMul{}, {a, b}, [&](const std::vector<Tensor>& y) {
      expect_near(y[0], product_of(a, b, s, false), 1e-5, 1e-5);
    });
    const Tensor turned = draw.normal({s.n, s.k});
    for_each_kernel(ops::MatMul{.transpose_b = true}, {a, turned},
                    [&](const std::vector<Tensor>& y) {
                      expect_near(y[0], product_of(a, turned, s, true), 1e-5, 1e-5);
                    });
  }
}

TEST(MatMulKernels, BroadcastLeadingAxesEitherWay) {
  Draws draw(2);
  const Tensor many = draw.normal({3, 4, 5}), one = draw.normal({1, 5, 6});
  std::vector<double> expected;
  for (int64_t row = 0; row < 12; ++row) {
    for (int64_t col = 0; col < 6; ++col)
      expected.push_back(product(many, row * 5, one, col, 6, 5));
  }
  for_each_kernel(ops::MatMul{}, {many, one}, [&](const std::vector<Tensor>& y) {
    EXPECT_EQ(y[0].sizes(), (std::vector<int64_t>{3, 4, 6}));
    expect_near(y[0], expected, 1e-5, 1e-6);
  });
}

TEST(MatMulKernels, EightBitIntegersGiveExactSums) {
  Draws draw(3);
  const Tensor a = draw.integers(DType::kI8, {6, 300}, -128, 127);
  const Tensor b = draw.integers(DType::kI8, {300, 20}, -128, 127);
  for_each_kernel(ops::MatMul{}, {a, b}, [&](const std::vector<Tensor>& y) {
    EXPECT_EQ(y[0].dtype(), DType::kI32);
    expect_near(y[0], product_of(a, b, {6, 20, 300}, false), 0);
  });
}

TEST(MatMulKernels, ASumOverNothingIsZero) {
  const Tensor a(DType::kF32, {2, 0}), b(DType::kF32, {0, 3});
  for_each_kernel(ops::MatMul{}, {a, b}, [](const std::vector<Tensor>& y) {
    expect_near(y[0], {0, 0, 0, 0, 0, 0}, 0);
  });
}

TEST(MatMulKernels, AnInfinityStaysInItsRowAndColumn) {
  Tensor a = Draws(4).normal({3, 4}), b = Draws(5).normal({4, 5});
  a.values<float>()[4] = kInf;
  for_each_kernel(ops::MatMul{}, {a, b}, [](const std::vector<Tensor>& y) {
    for (int64_t i = 0; i < 15; ++i) EXPECT_EQ(std::isfinite(at(y[0], i)), i / 5 != 1) << i;
  });
}

// y = x * W^T of weights as they are.
TEST(LinearKernels, FollowTheLoopsForPlainWeightsOfEveryDtype) {
  Draws draw(6);
  for (const DType dtype : {DType::kF32, DType::kF16, DType::kBf16}) {
    for (const Sizes& s : kShapes) {
      SCOPED_TRACE(cat(to_string(dtype), " ", s.m, " x ", s.n, " x ", s.k));
      const Tensor x = draw.normal({s.m, s.k}), w = draw.normal({s.n, s.k}).to(dtype);
      for_each_kernel(ops::Linear{.format = {.code_dtype = dtype}}, {x, w},
                      [&](const std::vector<Tensor>& y) {
                        expect_near(y[0], product_of(x, w, s, true), 1e-5, 2e-5);
                      });
    }
  }
}

const ops::WeightFormatDesc kFormats[] = {
    {.name = "q8_0", .code_dtype = DType::kI8, .block_cols = 32},
    {.name = "q4_0", .code_dtype = DType::kU4, .block_cols = 32, .code_offset = 8},
    {.name = "q4_1", .code_dtype = DType::kU4, .block_cols = 32, .has_minimums = true},
};

// Codes, scales and minimums, and the values that they stand for.
struct Weight {
  std::vector<Tensor> parts;
  Tensor values;
};

Weight draw_weight(const ops::WeightFormatDesc& format, int64_t n, int64_t k, Draws& draw) {
  const bool wide = format.code_dtype == DType::kI8;
  Weight out;
  out.parts = {draw.integers(format.code_dtype, {n, k}, wide ? -128 : 0, wide ? 127 : 15),
               draw.normal({n, k / 32}, 0.01f).to(DType::kF16)};
  if (format.has_minimums) out.parts.push_back(draw.normal({n, k / 32}, 0.1f).to(DType::kF16));
  out.values = Tensor(DType::kF32, {n, k});
  for (int64_t i = 0; i < n * k; ++i) {
    const double value = (at(out.parts[0], i) - format.code_offset) * at(out.parts[1], i / 32);
    store_element(out.values.data(), DType::kF32, i,
                  value + (format.has_minimums ? at(out.parts[2], i / 32) : 0));
  }
  return out;
}

TEST(LinearKernels, FollowTheLoopsForBlockFormats) {
  Draws draw(7);
  for (const ops::WeightFormatDesc& format : kFormats) {
    for (const Sizes& s : {Sizes{1, 1, 32}, {3, 17, 64}, {8, 40, 96}, {17, 16, 160}}) {
      SCOPED_TRACE(cat(format.name, " ", s.m, " x ", s.n, " x ", s.k));
      const Weight w = draw_weight(format, s.n, s.k, draw);
      std::vector<Tensor> inputs = {draw.normal({s.m, s.k})};
      inputs.insert(inputs.end(), w.parts.begin(), w.parts.end());
      for_each_kernel(ops::Linear{.format = format}, inputs, [&](const std::vector<Tensor>& y) {
        expect_near(y[0], product_of(inputs[0], w.values, s, true), 1e-4, 1e-4);
      });
    }
  }
}

// x as the quantize op gives it: the product is that of the numbers the codes stand for.
TEST(LinearKernels, MultiplyQuantizedInputsByWhatTheirCodesMean) {
  Draws draw(8);
  for (const ops::WeightFormatDesc& format : kFormats) {
    SCOPED_TRACE(format.name);
    const Sizes s{6, 35, 128};
    const Weight w = draw_weight(format, s.n, s.k, draw);
    std::vector<Tensor> inputs = {draw.integers(DType::kI8, {s.m, s.k}, -127, 127),
                                  draw.normal({s.m, s.k / 32}, 0.02f)};
    Tensor x(DType::kF32, {s.m, s.k});
    for (int64_t i = 0; i < s.m * s.k; ++i) {
      store_element(x.data(), DType::kF32, i, at(inputs[0], i) * at(inputs[1], i / 32));
    }
    inputs.insert(inputs.end(), w.parts.begin(), w.parts.end());
    const ops::Linear op{.format = format, .input_block = 32, .dtype = DType::kF32};
    for_each_kernel(op, inputs, [&](const std::vector<Tensor>& y) {
      expect_near(y[0], product_of(x, w.values, s, true), 1e-4, 1e-3);
    });
  }
}

TEST(LinearKernels, AddBiasAndResidualBehindTheProduct) {
  Draws draw(9);
  const Sizes s{5, 33, 24};
  const Tensor x = draw.normal({s.m, s.k}), w = draw.normal({s.n, s.k});
  const Tensor bias = draw.normal({s.n}, 10), residual = draw.normal({s.m, s.n}, 10);
  std::vector<double> expected = product_of(x, w, s, true);
  for (int64_t i = 0; i < s.m * s.n; ++i) {
    expected[static_cast<size_t>(i)] += at(bias, i % s.n) + at(residual, i);
  }
  for_each_kernel(ops::Linear{.format = {}, .bias = true, .residual = true}, {x, w, bias, residual},
                  [&](const std::vector<Tensor>& y) { expect_near(y[0], expected, 1e-5, 1e-5); });
}

TEST(LinearKernels, AGatedOneMultipliesTheActivatedHalf) {
  Draws draw(10);
  for (const int64_t n : {1, 15, 16, 48}) {
    SCOPED_TRACE(n);
    const Sizes s{4, 2 * n, 40};
    const Tensor x = draw.normal({s.m, s.k}), w = draw.normal({s.n, s.k}, 0.2f);
    const std::vector<double> both = product_of(x, w, s, true);
    std::vector<double> expected;
    for (int64_t i = 0; i < s.m * n; ++i) {
      const auto gate = static_cast<size_t>(i / n * 2 * n + i % n);
      expected.push_back(std::max(both[gate], 0.0) * both[gate + static_cast<size_t>(n)]);
    }
    const ops::Linear op{.format = {}, .activation = ops::UnaryKind::kRelu, .gated = true};
    for_each_kernel(op, {x, w},
                    [&](const std::vector<Tensor>& y) { expect_near(y[0], expected, 1e-4, 1e-4); });
  }
}

TEST(LinearKernels, ATokenNeverSeesItsNeighbours) {
  Draws draw(11);
  const Tensor x = draw.normal({20, 48}), w = draw.normal({37, 48});
  const std::vector<Tensor> all = {x, w};
  const Problem problem = problem_of(ops::Linear{}, all);
  for (const Kernel* kernel : cpu_kernels(problem)) {
    SCOPED_TRACE(kernel->name);
    const Tensor y = call_kernel(*kernel, problem, all, pool_with(3))[0];
    for (const int64_t row : {0, 7, 19}) {
      const std::vector<Tensor> one = {testing::internal::rows_of(x.view(), row, row + 1), w};
      const Tensor single =
          call_kernel(*kernel, problem_of(ops::Linear{}, one), one, pool_with(1))[0];
      EXPECT_TRUE(same_bits(single, testing::internal::rows_of(y.view(), row, row + 1))) << row;
    }
  }
}

TEST(LinearKernels, EveryKernelOfALayoutSaysWhichWeightsItWants) {
  const Tensor x = Draws(12).normal({1, 32}), w = Draws(13).normal({16, 32});
  EXPECT_NE(refusal("linear.cpu.avx2.q8_0", ops::Linear{}, {x, w}, {}), "");
  EXPECT_NE(refusal("linear.cpu.avx2.f32", ops::Linear{.format = {.code_dtype = DType::kBf16}},
                    {x, w.to(DType::kBf16)}, {}),
            "");
  EXPECT_EQ(refusal("linear.cpu.avx2.f32", ops::Linear{}, {x, w}, {}), "");
  EXPECT_NE(refusal("linear.cpu.avx512.f32", ops::Linear{}, {x, w}, {.isa = CpuIsa::kAvx2}), "");
}

}  // namespace
}  // namespace lathe::kernels
