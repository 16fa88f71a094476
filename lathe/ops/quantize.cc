// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/quantize.h"

#include "lathe/base/error.h"
#include "lathe/ops/weight_rules.h"

namespace lathe::ops {

Types Dequantize::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, static_cast<size_t>(format.num_tensors()));
  const WeightShape weight = expect_weight(inputs, format);
  const TensorType y{dtype, {weight.rows, weight.cols}};
  expect_floating(y, "dtype");
  return {y};
}

Types Quantize::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 1);
  const TensorType& x = inputs[0];
  expect_floating(x, "x");
  expect_least_rank(x, 1, "x");
  if (block < 1) fail(ErrorCode::kInvalidArgument, "block: expected 1 or more, got ", block);
  const std::optional<int64_t> cols = x.shape.back().constant();
  if (!cols || *cols % block != 0) {
    fail(ErrorCode::kInvalidArgument, "x: expected a last axis that is a multiple of block ", block,
         ", got ", x.to_string());
  }
  TensorType scales{DType::kF32, x.shape};
  scales.shape[-1] = *cols / block;
  return {{DType::kI8, x.shape}, scales};
}

}  // namespace lathe::ops
