// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/bench/step.h"

#include "lathe/ops/step_inputs.h"

namespace lathe::kernels {

DimBindings BenchStep::bindings() const {
  return {{std::string(ops::kTokens), tokens},
          {std::string(ops::kSequences), sequences},
          {std::string(ops::kLogitRows), sequences},
          {std::string(ops::kTableWidth), table_width()}};
}

}  // namespace lathe::kernels
