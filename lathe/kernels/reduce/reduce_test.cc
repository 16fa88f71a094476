// SPDX-License-Identifier: Apache-2.0
// reduce, cumsum and top_k against plain loops: axes, empty rows, ties, NaN, integers that wrap.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "lathe/ops/reduce.h"
#include "tests/support/kernel_call.h"

namespace lathe::kernels {
namespace {

using namespace lathe::testing;  // NOLINT(google-build-using-namespace): the harness
using ops::ReduceKind;

double reduced(ReduceKind kind, const std::vector<double>& values) {
  double out = kind == ReduceKind::kProd ? 1 : kind == ReduceKind::kMax ? -kInf : 0;
  if (kind == ReduceKind::kMin) out = kInf;
  for (const double value : values) {
    if (kind == ReduceKind::kSum || kind == ReduceKind::kMean) out += value;
    if (kind == ReduceKind::kProd) out *= value;
    if (kind == ReduceKind::kMax) out = std::max(out, value);
    if (kind == ReduceKind::kMin) out = std::min(out, value);
  }
  return kind == ReduceKind::kMean ? out / static_cast<double>(values.size()) : out;
}

// Groups the elements of a [2, 3, 5] tensor by what `key` says, ascending.
std::vector<double> grouped(const Tensor& x, ReduceKind kind, int64_t (*key)(int64_t)) {
  std::map<int64_t, std::vector<double>> groups;
  for (int64_t i = 0; i < x.num_elements(); ++i) groups[key(i)].push_back(at(x, i));
  std::vector<double> out;
  for (const auto& [name, values] : groups) out.push_back(reduced(kind, values));
  return out;
}

struct Axes {
  std::vector<int> axes;
  std::vector<int64_t> sizes;  // of the result with kept dims
  int64_t (*key)(int64_t);
};
const Axes kAxes[] = {
    {{2}, {2, 3, 1}, [](int64_t i) { return i / 5; }},
    {{1}, {2, 1, 5}, [](int64_t i) { return i / 15 * 5 + i % 5; }},
    {{0}, {1, 3, 5}, [](int64_t i) { return i % 15; }},
    {{-1, 0}, {1, 3, 1}, [](int64_t i) { return i / 5 % 3; }},
    {{1, 2}, {2, 1, 1}, [](int64_t i) { return i / 15; }},
    {{}, {1, 1, 1}, [](int64_t) -> int64_t { return 0; }},
};

TEST(ReduceKernels, EveryKindOverEveryChoiceOfAxes) {
  const Tensor x = Draws(1).normal({2, 3, 5});
  for (const ReduceKind kind : enum_values(ReduceKind{})) {
    for (const Axes& each : kAxes) {
      SCOPED_TRACE(cat(to_string(kind), " over ", each.axes.size(), " axes"));
      const ops::Reduce op{.kind = kind, .axes = each.axes, .keep_dims = true};
      for_each_kernel(op, {x}, [&](const std::vector<Tensor>& y) {
        EXPECT_EQ(y[0].sizes(), each.sizes);
        expect_near(y[0], grouped(x, kind, each.key), 2e-6, 1e-6);
      });
    }
  }
}

TEST(ReduceKernels, RowsOfEveryWidth) {
  Draws draw(2);
  for (const int64_t n : odd_sizes()) {
    const Tensor x = draw.normal({3, n});
    for (const ReduceKind kind : {ReduceKind::kSum, ReduceKind::kMax, ReduceKind::kMean}) {
      std::vector<double> expected;
      for (int64_t row = 0; row < 3; ++row) {
        const Tensor one = testing::internal::rows_of(x.view(), row, row + 1);
        expected.push_back(reduced(kind, numbers(one)));
      }
      for_each_kernel(
          ops::Reduce{.kind = kind, .axes = {-1}}, {x},
          [&](const std::vector<Tensor>& y) { expect_near(y[0], expected, 1e-5, 1e-5); });
    }
  }
}

TEST(ReduceKernels, OverNothingEachKindHasItsNeutralElement) {
  const Tensor x(DType::kF32, {2, 0});
  const std::pair<ReduceKind, double> cases[] = {{ReduceKind::kSum, 0},
                                                 {ReduceKind::kProd, 1},
                                                 {ReduceKind::kMean, kNan},
                                                 {ReduceKind::kMax, -kInf},
                                                 {ReduceKind::kMin, kInf}};
  for (const auto& each : cases) {
    SCOPED_TRACE(to_string(each.first));
    for_each_kernel(ops::Reduce{.kind = each.first, .axes = {1}}, {x},
                    [&](const std::vector<Tensor>& y) {
                      expect_near(y[0], {each.second, each.second}, 0);
                    });
  }
}

TEST(ReduceKernels, NaNReachesEveryResultOfItsRow) {
  const Tensor x = floats({2, 3}, {1, kNan, 3, 4, 5, 6});
  for (const ReduceKind kind : enum_values(ReduceKind{})) {
    SCOPED_TRACE(to_string(kind));
    for_each_kernel(ops::Reduce{.kind = kind, .axes = {1}}, {x}, [](const std::vector<Tensor>& y) {
      EXPECT_TRUE(std::isnan(at(y[0], 0)));
      EXPECT_TRUE(std::isfinite(at(y[0], 1)));
    });
  }
}

TEST(ReduceKernels, IntegersAreExactAndWrap) {
  const Tensor x = ints({2147483647, 1, -5});
  for_each_kernel(ops::Reduce{.axes = {0}}, {x},
                  [](const std::vector<Tensor>& y) { EXPECT_EQ(at(y[0], 0), 2147483643.0); });
  for_each_kernel(ops::Reduce{.axes = {0}}, {ints({2147483647, 1})},
                  [](const std::vector<Tensor>& y) { EXPECT_EQ(at(y[0], 0), -2147483648.0); });
}

TEST(CumSumKernels, RunAlongAnyAxis) {
  const Tensor x = Draws(3).normal({3, 4, 5});
  for (const auto& [axis, stride, count] :
       {std::tuple<int, int64_t, int64_t>{0, 20, 3}, {1, 5, 4}, {-1, 1, 5}}) {
    std::vector<double> expected = numbers(x);
    for (int64_t i = 0; i < 60; ++i) {
      const auto place = static_cast<size_t>(i);
      if (i / stride % count > 0) expected[place] += expected[static_cast<size_t>(i - stride)];
    }
    const std::vector<double> wanted = expected;
    for_each_kernel(ops::CumSum{.axis = axis}, {x},
                    [&](const std::vector<Tensor>& y) { expect_near(y[0], wanted, 1e-5, 1e-5); });
  }
}

TEST(TopKKernels, AgreeWithAStableSort) {
  Draws draw(4);
  for (const int64_t k : {1, 2, 9, 40}) {
    const Tensor x = draw.integers(DType::kF32, {3, 40}, 0, 12);  // ties everywhere
    std::vector<double> values, indices;
    for (int64_t row = 0; row < 3; ++row) {
      std::vector<int64_t> order(40);
      std::iota(order.begin(), order.end(), row * 40);
      std::ranges::stable_sort(order, [&](int64_t a, int64_t b) { return at(x, a) > at(x, b); });
      for (int64_t i = 0; i < k; ++i) {
        values.push_back(at(x, order[static_cast<size_t>(i)]));
        indices.push_back(static_cast<double>(order[static_cast<size_t>(i)] - row * 40));
      }
    }
    for_each_kernel(ops::TopK{.k = k}, {x}, [&](const std::vector<Tensor>& y) {
      expect_near(y[0], values, 0);
      expect_near(y[1], indices, 0);
    });
  }
}

TEST(TopKKernels, NaNCountsAsTheLargest) {
  for_each_kernel(ops::TopK{.k = 2}, {floats({1, 4}, {1, kInf, kNan, 2})},
                  [](const std::vector<Tensor>& y) {
                    expect_near(y[0], {kNan, kInf}, 0);
                    expect_near(y[1], {2, 1}, 0);
                  });
}

}  // namespace
}  // namespace lathe::kernels
