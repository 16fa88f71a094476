// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/gated_activation.h"

#include "lathe/base/error.h"
#include "lathe/ops/rules.h"

namespace lathe::ops {

Types GatedActivation::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 1);
  const TensorType& x = inputs[0];
  expect_floating(x, "x");
  expect_least_rank(x, 1, "x");
  if (activation == UnaryKind::kNot) {
    fail(ErrorCode::kInvalidArgument, "activation: expected one of floating values, got not");
  }
  const std::optional<int64_t> width = x.shape.back().constant();
  if (!width || *width % 2 != 0) {
    fail(ErrorCode::kInvalidArgument, "x: expected a last axis of even size, got ", x.to_string());
  }
  TensorType y = x;
  y.shape[-1] = *width / 2;
  return {y};
}

}  // namespace lathe::ops
