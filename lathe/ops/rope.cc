// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/rope.h"

#include "lathe/base/error.h"
#include "lathe/ops/rules.h"

namespace lathe::ops {

std::span<const RopeStyle> enum_values(RopeStyle) {
  static constexpr RopeStyle kAll[] = {RopeStyle::kHalf, RopeStyle::kInterleaved};
  return kAll;
}

std::string_view to_string(RopeStyle value) {
  switch (value) {
    case RopeStyle::kHalf:
      return "half";
    case RopeStyle::kInterleaved:
      return "interleaved";
  }
  return "?";
}

namespace {
void expect_token_vector(const TensorType& type, const TensorType& x, std::string_view operand) {
  expect_dtype(type, DType::kI32, operand);
  expect_rank(type, 1, operand);
  expect_dim(type, 0, x.shape[0], operand);
}
}  // namespace

Types Rope::infer(std::span<const TensorType> inputs) const {
  const bool with_lengths = needs_lengths(scaling);
  expect_inputs(inputs, with_lengths ? 3 : 2);
  const TensorType& x = inputs[0];
  expect_floating(x, "x");
  expect_rank(x, 3, "x");
  const std::optional<int64_t> head_dim = x.shape[2].constant();
  if (!head_dim || rotary_dims < 2 || rotary_dims % 2 != 0 || rotary_dims > *head_dim) {
    fail(ErrorCode::kInvalidArgument, "rotary_dims: expected an even number from 2 to head_dim (",
         x.shape[2].to_string(), "), got ", rotary_dims);
  }
  check_scaling(scaling, theta, rotary_dims);
  expect_token_vector(inputs[1], x, "positions");
  if (with_lengths) expect_token_vector(inputs[2], x, "lengths");
  return {x};
}

}  // namespace lathe::ops
