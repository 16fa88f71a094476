// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/rules.h"

#include "lathe/base/error.h"

namespace lathe::ops {

namespace {
template <class... Parts>
[[noreturn]] void refuse(std::string_view operand, const Parts&... parts) {
  fail(ErrorCode::kInvalidArgument, operand, ": ", parts...);
}
}  // namespace

void expect_inputs(std::span<const TensorType> inputs, size_t least, size_t most) {
  if (inputs.size() >= least && inputs.size() <= most) return;
  fail(ErrorCode::kInvalidArgument, "expected ", least,
       least == most ? std::string() : cat(" to ", most), " inputs, got ", inputs.size());
}

void expect_rank(const TensorType& type, int rank, std::string_view operand) {
  if (type.shape.rank() != rank) {
    refuse(operand, "expected rank ", rank, ", got ", type.to_string());
  }
}

void expect_least_rank(const TensorType& type, int rank, std::string_view operand) {
  if (type.shape.rank() < rank) {
    refuse(operand, "expected rank ", rank, " or more, got ", type.to_string());
  }
}

void expect_shape(const TensorType& type, const Shape& shape, std::string_view operand) {
  if (type.shape != shape) {
    refuse(operand, "expected shape ", shape.to_string(), ", got ", type.shape.to_string());
  }
}

void expect_dtype(const TensorType& type, DType dtype, std::string_view operand) {
  if (type.dtype != dtype) {
    refuse(operand, "expected ", to_string(dtype), ", got ", to_string(type.dtype));
  }
}

void expect_floating(const TensorType& type, std::string_view operand) {
  if (!is_floating(type.dtype)) {
    refuse(operand, "expected a floating dtype, got ", to_string(type.dtype));
  }
}

void expect_integer(const TensorType& type, std::string_view operand) {
  if (!is_integer(type.dtype)) {
    refuse(operand, "expected an integer dtype, got ", to_string(type.dtype));
  }
}

void expect_dim(const TensorType& type, int axis, const Dim& dim, std::string_view operand) {
  if (type.shape[axis] != dim) {
    refuse(operand, "axis ", axis, " is ", type.shape[axis].to_string(), ", expected ",
           dim.to_string(), " (", type.to_string(), ")");
  }
}

}  // namespace lathe::ops
