// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/sharding.h"

namespace lathe::ops {

std::span<const ShardAxis> enum_values(ShardAxis) {
  static constexpr ShardAxis kAll[] = {ShardAxis::kNone, ShardAxis::kRows, ShardAxis::kCols};
  return kAll;
}

std::string_view to_string(ShardAxis axis) {
  switch (axis) {
    case ShardAxis::kNone:
      return "none";
    case ShardAxis::kRows:
      return "rows";
    case ShardAxis::kCols:
      return "cols";
  }
  return "?";
}

}  // namespace lathe::ops
