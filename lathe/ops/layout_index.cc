// SPDX-License-Identifier: Apache-2.0
// Rules of gather, scatter, broadcast_to, iota and constant.
#include "lathe/ops/enum_table.h"
#include "lathe/ops/layout.h"
#include "lathe/ops/rules.h"

namespace lathe::ops {
namespace {

constexpr auto kScatterKinds = enum_table<ScatterKind>({"replace", "add"});

void expect_indices(const TensorType& type) {
  expect_elements(type, "indices");
  expect_integer(type, "indices");
}

}  // namespace

std::span<const ScatterKind> enum_values(ScatterKind) { return kScatterKinds.values; }
std::string_view to_string(ScatterKind value) { return kScatterKinds.name(value); }

Types Gather::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 2);
  const TensorType& x = inputs[0];
  expect_elements(x, "x");
  expect_indices(inputs[1]);
  const int place = normalize_axis(axis, x.shape.rank(), "x");
  std::vector<Dim> dims(x.shape.begin(), x.shape.begin() + place);
  dims.insert(dims.end(), inputs[1].shape.begin(), inputs[1].shape.end());
  dims.insert(dims.end(), x.shape.begin() + place + 1, x.shape.end());
  const Shape shape(std::move(dims));
  expect_valid_shape(shape, "output");
  return {{x.dtype, shape}};
}

Types Scatter::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 3);
  const TensorType& x = inputs[0];
  expect_least_rank(x, 1, "x");
  expect_elements(x, "x");
  if (kind == ScatterKind::kAdd) expect_numeric(x, "x of add");
  expect_rank(inputs[1], 1, "indices");
  expect_indices(inputs[1]);
  expect_same_dtype(inputs[2], x, "updates");
  Shape updates = x.shape;
  updates[0] = inputs[1].shape[0];
  expect_shape(inputs[2], updates, "updates");
  return {x};
}

Types BroadcastTo::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 1);
  expect_elements(inputs[0], "x");
  expect_valid_shape(shape, "shape");
  const Shape stretched = with_context("x", [&] { return broadcast(inputs[0].shape, shape); });
  if (stretched != shape) {
    fail(ErrorCode::kInvalidArgument, "x: ", inputs[0].shape.to_string(), " does not broadcast to ",
         shape.to_string());
  }
  return {{inputs[0].dtype, shape}};
}

Types Iota::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 0);
  const TensorType y{dtype, {size}};
  expect_numeric(y, "dtype");
  expect_valid_shape(y.shape, "size");
  return {y};
}

Types Constant::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 0);
  const TensorType y{dtype, shape};
  expect_elements(y, "dtype");
  expect_valid_shape(shape, "shape");
  if (values.size() != 1 && shape.num_elements() != Dim(static_cast<int64_t>(values.size()))) {
    fail(ErrorCode::kInvalidArgument, "values: expected ", shape.num_elements().to_string(),
         " or 1 for shape ", shape.to_string(), ", got ", values.size());
  }
  return {y};
}

}  // namespace lathe::ops
