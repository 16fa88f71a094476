// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/pointwise_group.h"

#include "lathe/ops/layout.h"
#include "lathe/ops/rules.h"

namespace lathe::ops {

namespace {

const TensorType& value_at(std::span<const TensorType> values, int index, std::string_view what) {
  if (index >= 0 && static_cast<size_t>(index) < values.size()) {
    return values[static_cast<size_t>(index)];
  }
  fail(ErrorCode::kInvalidArgument, what, ": expected a value from 0 to ",
       static_cast<int64_t>(values.size()) - 1, ", got ", index);
}

TensorType infer_step(const PointwiseStep& step, std::span<const TensorType> values) {
  if (!is_pointwise(step.op)) {
    fail(ErrorCode::kInvalidArgument, "expected an element-wise op, got ", step.op.name());
  }
  Types operands;
  for (const int arg : step.args) operands.push_back(value_at(values, arg, "args"));
  return step.op.infer(operands).front();
}

void expect_at_most(size_t count, std::string_view what) {
  if (count <= PointwiseGroup::kMost) return;
  fail(ErrorCode::kInvalidArgument, what, ": expected ", PointwiseGroup::kMost, " at most, got ",
       count);
}

}  // namespace

bool is_pointwise(const Op& op) {
  if (const auto* constant = op.as<Constant>()) return constant->values.size() == 1;
  return op.is<Unary>() || op.is<Binary>() || op.is<Compare>() || op.is<Where>() || op.is<Cast>() ||
         op.is<BroadcastTo>();
}

Types PointwiseGroup::infer(std::span<const TensorType> inputs) const {
  expect_at_most(inputs.size(), "inputs");
  expect_at_most(steps.size(), "steps");
  expect_at_most(outputs.size(), "outputs");
  Types values(inputs.begin(), inputs.end());
  for (const TensorType& input : inputs) expect_elements(input, "input");
  for (size_t i = 0; i < steps.size(); ++i) {
    values.push_back(with_context(cat("step ", i), [&] { return infer_step(steps[i], values); }));
  }
  if (outputs.empty()) fail(ErrorCode::kInvalidArgument, "outputs: expected one or more, got 0");
  Types results;
  for (const int output : outputs) results.push_back(value_at(values, output, "outputs"));
  return results;
}

}  // namespace lathe::ops
