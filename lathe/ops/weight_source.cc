// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/weight_source.h"

namespace lathe::ops {

std::span<const WeightPart> enum_values(WeightPart) {
  static constexpr WeightPart kAll[] = {WeightPart::kValues, WeightPart::kScales,
                                        WeightPart::kMinimums};
  return kAll;
}

std::string_view to_string(WeightPart part) {
  switch (part) {
    case WeightPart::kValues:
      return "values";
    case WeightPart::kScales:
      return "scales";
    case WeightPart::kMinimums:
      return "minimums";
  }
  return "?";
}

}  // namespace lathe::ops
