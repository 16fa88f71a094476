// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/linear.h"

#include "lathe/ops/weight_rules.h"

namespace lathe::ops {

Types Linear::infer(std::span<const TensorType> inputs) const {
  const auto num_tensors = static_cast<size_t>(format.num_tensors());
  expect_inputs(inputs, 1 + num_tensors + (bias ? 1 : 0) + (residual ? 1 : 0));
  const TensorType& x = inputs[0];
  expect_floating(x, "x");
  expect_least_rank(x, 1, "x");
  const WeightShape weight = expect_weight(inputs.subspan(1, num_tensors), format);
  expect_dim(x, -1, weight.cols, "x");
  TensorType y = x;
  y.shape[-1] = weight.rows;
  if (bias) {
    const TensorType& b = inputs[1 + num_tensors];
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
