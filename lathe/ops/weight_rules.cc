// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/weight_rules.h"

#include "lathe/base/error.h"

namespace lathe::ops {

namespace {

void expect_format(const WeightFormatDesc& format) {
  if (format.block_cols < 1) {
    fail(ErrorCode::kUnsupported, "format ", quote(format.name),
         ": expected block_cols of 1 or more, got ", format.block_cols);
  }
  if (format.code_dtype != DType::kI8 && format.code_dtype != DType::kU4) {
    fail(ErrorCode::kUnsupported, "format ", quote(format.name),
         ": expected codes of i8 or u4, got ", to_string(format.code_dtype));
  }
}

// One scale (or minimum) a block of a row.
void expect_per_block(const TensorType& type, const TensorType& codes,
                      const WeightFormatDesc& format, std::string_view operand) {
  expect_rank(type, 2, operand);
  expect_floating(type, operand);
  expect_dim(type, 0, codes.shape[0], operand);
  expect_dim(type, 1, codes.shape[1] / format.block_cols, operand);
}

}  // namespace

WeightShape expect_weight(std::span<const TensorType> tensors, const WeightFormatDesc& format) {
  const TensorType& codes = tensors[0];
  const std::string_view operand = format.is_plain() ? "weight" : "codes";
  expect_rank(codes, 2, operand);
  if (format.is_plain()) {
    expect_floating(codes, operand);
  } else {
    expect_format(format);
    expect_dtype(codes, format.code_dtype, operand);
    const std::optional<int64_t> cols = codes.shape[1].constant();
    if (!cols || *cols % format.block_cols != 0) {
      fail(ErrorCode::kInvalidArgument, "codes: expected columns that are a multiple of ",
           format.block_cols, ", got ", codes.to_string());
    }
    expect_per_block(tensors[1], codes, format, "scales");
    if (format.has_minimums) expect_per_block(tensors[2], codes, format, "minimums");
  }
  return {codes.shape[0], codes.shape[1]};
}

}  // namespace lathe::ops
