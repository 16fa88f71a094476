// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/collective.h"

#include "lathe/ops/rules.h"

namespace lathe::ops {
namespace {

void expect_group(int group_size) {
  if (group_size >= 1) return;
  fail(ErrorCode::kInvalidArgument, "group_size: expected 1 or more, got ", group_size);
}

}  // namespace

Types AllReduce::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 1);
  expect_floating(inputs[0], "x");
  expect_group(group_size);
  return {inputs[0]};
}

Types AllGather::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 1);
  expect_elements(inputs[0], "x");
  expect_group(group_size);
  TensorType y = inputs[0];
  Dim& dim = y.shape[normalize_axis(axis, y.shape.rank(), "x")];
  dim = dim * group_size;
  return {y};
}

Types ReduceScatter::infer(std::span<const TensorType> inputs) const {
  expect_inputs(inputs, 1);
  expect_floating(inputs[0], "x");
  expect_group(group_size);
  TensorType y = inputs[0];
  Dim& dim = y.shape[normalize_axis(axis, y.shape.rank(), "x")];
  dim = with_context("x", [&] { return dim / group_size; });
  return {y};
}

}  // namespace lathe::ops
