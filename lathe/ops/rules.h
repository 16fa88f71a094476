// SPDX-License-Identifier: Apache-2.0
// What shape and dtype rules share: checks that name the operand, what was expected and what came.
#pragma once

#include <span>
#include <string_view>

#include "lathe/core/shape.h"

namespace lathe::ops {

using Types = std::vector<TensorType>;

void expect_inputs(std::span<const TensorType> inputs, size_t least, size_t most);
inline void expect_inputs(std::span<const TensorType> inputs, size_t count) {
  expect_inputs(inputs, count, count);
}
void expect_rank(const TensorType& type, int rank, std::string_view operand);
void expect_least_rank(const TensorType& type, int rank, std::string_view operand);
void expect_shape(const TensorType& type, const Shape& shape, std::string_view operand);
void expect_dtype(const TensorType& type, DType dtype, std::string_view operand);
void expect_floating(const TensorType& type, std::string_view operand);
void expect_integer(const TensorType& type, std::string_view operand);
// Equal dims: throws "`operand`: axis 1 is 576, expected 512".
void expect_dim(const TensorType& type, int axis, const Dim& dim, std::string_view operand);

}  // namespace lathe::ops
