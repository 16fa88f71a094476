// SPDX-License-Identifier: Apache-2.0
// The rule of a weight operand: one tensor where it is plain, else codes, scales and, where the
// format has them, minimums.
#pragma once

#include "lathe/ops/rules.h"
#include "lathe/ops/weight_format.h"

namespace lathe::ops {

struct WeightShape {
  Dim rows;
  Dim cols;
};

// Checks the tensors of a weight, `format.num_tensors()` of them. Throws kInvalidArgument with the
// operand's name, kUnsupported where the format itself makes no sense.
WeightShape expect_weight(std::span<const TensorType> tensors, const WeightFormatDesc& format);

}  // namespace lathe::ops
