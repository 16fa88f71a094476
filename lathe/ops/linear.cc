// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/linear.h"

#include "lathe/base/error.h"
#include "lathe/ops/weight_rules.h"

namespace lathe::ops {

namespace {

void expect_quantized_x(const Linear& op, std::span<const TensorType> inputs) {
  if (op.format.is_plain() || op.input_block != op.format.block_cols) {
    fail(ErrorCode::kInvalidArgument, "input_block: expected the weight's block of ",
         op.format.is_plain() ? 0 : op.format.block_cols, ", got ", op.input_block);
  }
  expect_dtype(inputs[0], DType::kI8, "x");
  TensorType scales{DType::kF32, inputs[0].shape};
  scales.shape[-1] = inputs[0].shape.back() / op.input_block;
  expect_dtype(inputs[1], DType::kF32, "x scales");
  expect_shape(inputs[1], scales.shape, "x scales");
}

DType output_dtype(const Linear& op, const TensorType& x) {
  if (op.dtype) return *op.dtype;
  if (op.input_block > 0) fail(ErrorCode::kInvalidArgument, "dtype: quantized x needs one");
  return x.dtype;
}

Dim output_cols(const Linear& op, const Dim& rows) {
  if (!op.gated) return rows;
  if (!op.activation) fail(ErrorCode::kInvalidArgument, "gated: needs an activation");
  const std::optional<int64_t> count = rows.constant();
  if (!count || *count % 2 != 0) {
    fail(ErrorCode::kInvalidArgument, "gated: expected an even number of weight rows, got ",
         rows.to_string());
  }
  return *count / 2;
}

}  // namespace

Types Linear::infer(std::span<const TensorType> inputs) const {
  const auto num_tensors = static_cast<size_t>(format.num_tensors());
  const size_t before_weight = num_input_tensors();
  expect_inputs(inputs, before_weight + num_tensors + (bias ? 1 : 0) + (residual ? 1 : 0));
  const TensorType& x = inputs[0];
  expect_least_rank(x, 1, "x");
  if (input_block > 0) {
    expect_quantized_x(*this, inputs);
  } else {
    expect_floating(x, "x");
  }
  const WeightShape weight = expect_weight(inputs.subspan(before_weight, num_tensors), format);
  expect_dim(x, -1, weight.cols, "x");
  TensorType y{output_dtype(*this, x), x.shape};
  expect_floating(y, "dtype");
  y.shape[-1] = output_cols(*this, weight.rows);
  if (bias) {
    const TensorType& b = inputs[before_weight + num_tensors];
    expect_rank(b, 1, "bias");
    expect_floating(b, "bias");
    expect_dim(b, 0, weight.rows, "bias");
  }
  if (residual) {
    expect_floating(inputs.back(), "residual");
    expect_shape(inputs.back(), y.shape, "residual");
  }
  return {y};
}

}  // namespace lathe::ops
