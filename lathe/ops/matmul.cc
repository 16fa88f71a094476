// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/matmul.h"

#include "lathe/ops/rules.h"

namespace lathe::ops {
namespace {

Shape leading_axes(const Shape& shape) {
  return Shape(std::vector<Dim>(shape.begin(), shape.end() - 2));
}

void expect_factor(const TensorType& type, std::string_view operand) {
  expect_least_rank(type, 2, operand);
  const bool integer =
      type.dtype == DType::kI8 || type.dtype == DType::kI32 || type.dtype == DType::kI64;
  if (!integer) expect_floating(type, cat(operand, " (no i8, i32 or i64)"));
}

}  // namespace

Types MatMul::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 2);
  const TensorType& a = inputs[0];
  const TensorType& b = inputs[1];
  expect_factor(a, "a");
  expect_factor(b, "b");
  expect_same_dtype(b, a, "b");
  expect_dim(b, transpose_b ? -1 : -2, a.shape[-1], "b");
  const Shape leading = with_context(
      "leading axes", [&] { return broadcast(leading_axes(a.shape), leading_axes(b.shape)); });
  std::vector<Dim> dims = leading.dims();
  dims.push_back(a.shape[-2]);
  dims.push_back(b.shape[transpose_b ? -2 : -1]);
  return {{a.dtype == DType::kI8 ? DType::kI32 : a.dtype, Shape(std::move(dims))}};
}

}  // namespace lathe::ops
