// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/pointwise_group/value_type.h"

#include "lathe/ops/layout.h"

namespace lathe::kernels {

namespace {

// f32 where operands differ, which those of well-typed ops do not.
ValueType common_type(std::span<const ValueType> operands) {
  ValueType common = operands[0];
  for (const ValueType& operand : operands.subspan(1)) {
    if (common.constant != operand.constant) {
      if (common.constant) common = operand;
    } else if (common.dtype != operand.dtype) {
      common.dtype = DType::kF32;
    }
  }
  return common;
}

}  // namespace

ValueType result_type(const ops::Op& op, std::span<const ValueType> operands) {
  if (const auto* constant = op.as<ops::Constant>()) return {constant->dtype, true};
  if (const auto* cast = op.as<ops::Cast>()) return {cast->dtype, operands[0].constant};
  if (op.is<ops::Where>()) return common_type(operands.subspan(1));
  const ValueType common = common_type(operands);
  if (op.is<ops::Compare>()) return {DType::kBool, common.constant};
  return common;
}

}  // namespace lathe::kernels
