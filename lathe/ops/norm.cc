// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/norm.h"

#include "lathe/ops/quantize.h"
#include "lathe/ops/rules.h"

namespace lathe::ops {

namespace {
void expect_last_axis_vector(const TensorType& type, const TensorType& x,
                             std::string_view operand) {
  expect_floating(type, operand);
  expect_rank(type, 1, operand);
  expect_dim(type, 0, x.shape.back(), operand);
}

void expect_x(const TensorType& x) {
  expect_floating(x, "x");
  expect_least_rank(x, 1, "x");
}
}  // namespace

Types RmsNorm::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, residual ? 3 : 2);
  const TensorType& x = inputs[0];
  expect_x(x);
  Types outputs;
  if (residual) {
    expect_same_dtype(inputs[1], x, "residual");
    expect_shape(inputs[1], x.shape, "residual");
    outputs.push_back(x);
  }
  expect_last_axis_vector(inputs.back(), x, "weight");
  if (quantize_block == 0) {
    outputs.push_back(x);
  } else {
    for (TensorType& type : Quantize{.block = quantize_block}.infer({&x, 1})) {
      outputs.push_back(std::move(type));
    }
  }
  return outputs;
}

Types LayerNorm::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 2, 3);
  expect_x(inputs[0]);
  expect_last_axis_vector(inputs[1], inputs[0], "weight");
  if (inputs.size() == 3) expect_last_axis_vector(inputs[2], inputs[0], "bias");
  return {inputs[0]};
}

}  // namespace lathe::ops
