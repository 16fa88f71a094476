// SPDX-License-Identifier: Apache-2.0
// Ops that move elements, each against an index formula written here: every dtype's size, odd
// shapes, empty ones, indices that are out of range.
#include <gtest/gtest.h>

#include "lathe/base/error.h"
#include "lathe/ops/layout.h"
#include "tests/support/kernel_call.h"
#include "tests/support/temp_dir.h"

namespace lathe::kernels {
namespace {

using namespace lathe::testing;  // NOLINT(google-build-using-namespace): the harness

using Sizes = std::vector<int64_t>;

// 0, 1, 2, … so that an element says where it came from.
Tensor numbered(DType dtype, const Sizes& sizes) {
  Tensor out(dtype, sizes);
  for (int64_t i = 0; i < out.num_elements(); ++i) {
    store_element(out.data(), dtype, i, static_cast<double>(i));
  }
  return out;
}

void expect_moved(const ops::Op& op, const std::vector<Tensor>& inputs, const Sizes& sizes,
                  const std::vector<double>& expected) {
  for_each_kernel(op, inputs, [&](const std::vector<Tensor>& y) {
    EXPECT_EQ(y[0].sizes(), sizes);
    EXPECT_EQ(y[0].dtype(), inputs.back().dtype());
    expect_near(y[0], expected, 0);
  });
}

TEST(TransposeKernels, PermuteEveryWayInEveryDtype) {
  std::vector<int> order = {0, 1, 2};
  do {
    const Sizes from = {3, 5, 17};
    const Sizes to = {from[order[0]], from[order[1]], from[order[2]]};
    const Sizes strides = {85, 17, 1};
    for (const DType dtype : {DType::kF32, DType::kBf16, DType::kI8, DType::kI64}) {
      std::vector<double> expected;
      const Tensor x = numbered(dtype, from);
      for (int64_t i = 0; i < to[0] * to[1] * to[2]; ++i) {
        const int64_t a = i / (to[1] * to[2]), b = i / to[2] % to[1], c = i % to[2];
        expected.push_back(
            at(x, a * strides[order[0]] + b * strides[order[1]] + c * strides[order[2]]));
      }
      expect_moved(ops::Transpose{order}, {x}, to, expected);
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(TransposeKernels, MatricesOfEveryShapeAroundTheTiles) {
  for (const int64_t rows : {1, 7, 8, 9, 16, 33}) {
    for (const int64_t cols : {1, 8, 15, 17, 64}) {
      std::vector<double> expected;
      for (int64_t i = 0; i < rows * cols; ++i) {
        expected.push_back(static_cast<double>(i % rows * cols + i / rows));
      }
      const Tensor x = numbered(DType::kF32, {rows, cols});
      expect_moved(ops::Transpose{{1, 0}}, {x}, {cols, rows}, expected);
    }
  }
}

TEST(SliceKernels, TakeEveryStepOfAnAxis) {
  const Tensor x = numbered(DType::kF32, {4, 7, 3});
  struct Case {
    ops::Slice op;
    Sizes sizes;
  };
  for (const Case& each : {Case{{.axis = 1, .start = 2, .stop = 7, .step = 2}, {4, 3, 3}},
                           Case{{.axis = 0, .start = 3, .stop = -1, .step = 1}, {1, 7, 3}},
                           Case{{.axis = 2, .start = 0, .stop = 3, .step = 5}, {4, 7, 1}},
                           Case{{.axis = -1, .start = 1, .stop = -1, .step = 1}, {4, 7, 2}},
                           Case{{.axis = 1, .start = 5, .stop = 5, .step = 1}, {4, 0, 3}}}) {
    std::vector<double> expected;
    const int axis = each.op.axis < 0 ? each.op.axis + 3 : each.op.axis;
    for (int64_t i = 0; i < each.sizes[0] * each.sizes[1] * each.sizes[2]; ++i) {
      Sizes place = {i / (each.sizes[1] * each.sizes[2]), i / each.sizes[2] % each.sizes[1],
                     i % each.sizes[2]};
      place[axis] = each.op.start + place[axis] * each.op.step;
      expected.push_back(static_cast<double>(place[0] * 21 + place[1] * 3 + place[2]));
    }
    expect_moved(each.op, {x}, each.sizes, expected);
  }
}

TEST(ConcatKernels, JoinPiecesOfUnequalLength) {
  const Tensor a = numbered(DType::kF32, {2, 3}), b = numbered(DType::kF32, {2, 1});
  const Tensor none(DType::kF32, {2, 0});
  expect_moved(ops::Concat{.axis = 1}, {a, none, b}, {2, 4}, {0, 1, 2, 0, 3, 4, 5, 1});
  const Tensor c = numbered(DType::kF32, {1, 3});
  expect_moved(ops::Concat{.axis = 0}, {c, a, c}, {4, 3}, {0, 1, 2, 0, 1, 2, 3, 4, 5, 0, 1, 2});
}

TEST(SplitKernels, CutWhatConcatJoins) {
  Draws draw(1);
  for (const DType dtype : {DType::kF32, DType::kF16, DType::kI8}) {
    const Tensor x = draw.integers(dtype, {5, 37}, -9, 9);
    for_each_kernel(ops::Split{.axis = 1, .sizes = {16, 1, -1}}, {x},
                    [&](const std::vector<Tensor>& pieces) {
                      ASSERT_EQ(pieces.size(), 3u);
                      EXPECT_EQ(pieces[2].sizes(), (Sizes{5, 20}));
                      expect_moved(ops::Concat{.axis = -1}, pieces, {5, 37}, numbers(x));
                    });
  }
}

TEST(GatherKernels, PickRowsOfEveryWidth) {
  for (const int64_t width : odd_sizes()) {
    const Tensor x = numbered(DType::kF32, {9, width});
    const Tensor picked = ints({8, 0, 8, 3});
    std::vector<double> expected;
    for (const int64_t row : {8, 0, 8, 3}) {
      for (int64_t i = 0; i < width; ++i) expected.push_back(static_cast<double>(row * width + i));
    }
    for_each_kernel(ops::Gather{}, {x, picked},
                    [&](const std::vector<Tensor>& y) { expect_near(y[0], expected, 0); });
  }
}

TEST(GatherKernels, AnInnerAxisAndIndicesOfAnyShape) {
  const Tensor x = numbered(DType::kF32, {2, 4, 3});
  const std::vector<int64_t> picks = {3, 1};
  const Tensor indices = Tensor::from<int64_t>(DType::kI64, {1, 2}, picks);
  for_each_kernel(ops::Gather{.axis = 1}, {x, indices}, [&](const std::vector<Tensor>& y) {
    EXPECT_EQ(y[0].sizes(), (Sizes{2, 1, 2, 3}));
    expect_near(y[0], {9, 10, 11, 3, 4, 5, 21, 22, 23, 15, 16, 17}, 0);
  });
}

TEST(GatherKernels, AnIndexOutOfRangeIsNamed) {
  const Tensor x = numbered(DType::kF32, {3, 2});
  for (const int32_t bad : {-1, 3, 2147483647}) {
    const std::vector<Tensor> inputs = {x, ints({0, bad})};
    const Problem problem = problem_of(ops::Gather{}, inputs);
    for (const Kernel* kernel : cpu_kernels(problem)) {
      const std::string said =
          error_of([&] { call_kernel(*kernel, problem, inputs, pool_with(1)); });
      EXPECT_NE(said.find(cat(bad)), std::string::npos) << kernel->name << ": " << said;
    }
  }
}

TEST(ScatterKernels, LaterUpdatesWinAndSumsAddUp) {
  const Tensor x = floats({3, 2}, {1, 1, 1, 1, 1, 1});
  const Tensor updates = floats({3, 2}, {10, 20, 30, 40, 50, 60});
  const Tensor at_rows = ints({2, 0, 2});
  expect_moved(ops::Scatter{}, {x, at_rows, updates}, {3, 2}, {30, 40, 1, 1, 50, 60});
  expect_moved(ops::Scatter{.kind = ops::ScatterKind::kAdd}, {x, at_rows, updates}, {3, 2},
               {31, 41, 1, 1, 61, 81});
}

TEST(ScatterKernels, EveryAdditionIsRounded) {
  const Tensor x = floats({1}, {256}).to(DType::kBf16);
  const Tensor updates = floats({4}, {1, 1, 1, 1}).to(DType::kBf16);
  expect_moved(ops::Scatter{.kind = ops::ScatterKind::kAdd}, {x, ints({0, 0, 0, 0}), updates}, {1},
               {256});
}

TEST(BroadcastKernels, RepeatAlongNewAndShortAxes) {
  const Tensor x = numbered(DType::kF32, {3, 1});
  expect_moved(ops::BroadcastTo{Shape({2, 3, 2})}, {x}, {2, 3, 2},
               {0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2});
  expect_moved(ops::BroadcastTo{Shape({0, 3, 1})}, {x}, {0, 3, 1}, {});
}

TEST(MakingKernels, IotaAndConstantMakeWhatTheySay) {
  for_each_kernel(ops::Iota{.size = 5, .dtype = DType::kF32}, {}, [](const std::vector<Tensor>& y) {
    expect_near(y[0], {0, 1, 2, 3, 4}, 0);
  });
  for_each_kernel(ops::Constant{.dtype = DType::kI32, .shape = Shape({2, 2}), .values = {7}}, {},
                  [](const std::vector<Tensor>& y) {
                    expect_near(y[0], {7, 7, 7, 7}, 0);
                  });
  for_each_kernel(ops::Constant{.dtype = DType::kBf16, .shape = Shape({2}), .values = {1, -2}}, {},
                  [](const std::vector<Tensor>& y) {
                    expect_near(y[0], {1, -2}, 0);
                  });
}

TEST(ReshapeKernels, KeepTheElementsInOrder) {
  const Tensor x = numbered(DType::kF32, {3, 4});
  expect_moved(ops::Reshape{Shape({2, 6})}, {x}, {2, 6}, numbers(x));
}

}  // namespace
}  // namespace lathe::kernels
