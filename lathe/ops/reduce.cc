// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/reduce.h"

#include "lathe/ops/enum_table.h"
#include "lathe/ops/rules.h"

namespace lathe::ops {
namespace {

constexpr auto kReduceKinds = enum_table<ReduceKind>({"sum", "mean", "max", "min", "prod"});

}  // namespace

std::span<const ReduceKind> enum_values(ReduceKind) { return kReduceKinds.values; }
std::string_view to_string(ReduceKind value) { return kReduceKinds.name(value); }

std::vector<bool> reduced_axes(std::span<const int> axes, int rank) {
  std::vector<bool> reduced(static_cast<size_t>(rank), axes.empty());
  for (const int axis : axes) {
    const auto place = static_cast<size_t>(normalize_axis(axis, rank, "axes"));
    if (reduced[place]) fail(ErrorCode::kInvalidArgument, "axes: axis ", axis, " is given twice");
    reduced[place] = true;
  }
  return reduced;
}

Types Reduce::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 1);
  const TensorType& x = inputs[0];
  expect_numeric(x, "x");
  if (kind == ReduceKind::kMean) expect_floating(x, "x of mean");
  const std::vector<bool> reduced = reduced_axes(axes, x.shape.rank());
  std::vector<Dim> dims;
  for (int i = 0; i < x.shape.rank(); ++i) {
    if (!reduced[static_cast<size_t>(i)]) {
      dims.push_back(x.shape[i]);
    } else if (keep_dims) {
      dims.push_back(1);
    }
  }
  return {{x.dtype, Shape(std::move(dims))}};
}

Types Softmax::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 1);
  expect_floating(inputs[0], "x");
  normalize_axis(axis, inputs[0].shape.rank(), "x");
  return {inputs[0]};
}

Types CumSum::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 1);
  expect_numeric(inputs[0], "x");
  normalize_axis(axis, inputs[0].shape.rank(), "x");
  return {inputs[0]};
}

Types TopK::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 1);
  const TensorType& x = inputs[0];
  expect_numeric(x, "x");
  expect_least_rank(x, 1, "x");
  const int64_t length = x.shape.back().constant().value_or(k);
  if (k < 1 || k > length) {
    fail(ErrorCode::kInvalidArgument, "k: expected 1 to ", length, " for ", x.to_string(), ", got ",
         k);
  }
  Shape shape = x.shape;
  shape[-1] = k;
  return {{x.dtype, shape}, {DType::kI32, shape}};
}

}  // namespace lathe::ops
