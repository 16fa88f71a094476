// SPDX-License-Identifier: Apache-2.0
#include "lathe/ops/op.h"

namespace lathe::ops {

std::span<const OpDef* const> all_ops() {
  static const std::vector<const OpDef*> all = {
      // Primitives.
      // Language models.
      // Collectives.
  };
  return all;
}

}  // namespace lathe::ops
