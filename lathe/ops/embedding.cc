// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/embedding.h"

#include "lathe/base/error.h"
#include "lathe/ops/weight_rules.h"

namespace lathe::ops {

Types Embedding::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 1 + static_cast<size_t>(format.num_tensors()));
  const TensorType& ids = inputs[0];
  expect_dtype(ids, DType::kI32, "ids");
  expect_rank(ids, 1, "ids");
  const WeightShape table = expect_weight(inputs.subspan(1), format);
  const TensorType y{dtype, {ids.shape[0], table.cols}};
  expect_floating(y, "dtype");
  return {y};
}

}  // namespace lathe::ops
