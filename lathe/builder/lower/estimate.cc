// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/lower/estimate.h"

#include <set>

#include "lathe/ops/step_inputs.h"

namespace lathe::builder {

Estimator cost_model() {
  return [](const Candidate& candidate) { return static_cast<double>(candidate.rank + 1); };
}

DimBindings step_bindings(const kernels::Problem& problem, int64_t tokens) {
  std::set<std::string> symbols;
  for (const auto& types : {problem.inputs, problem.outputs}) {
    for (const TensorType& type : types) {
      for (const Dim& dim : type.shape) dim.add_symbols(symbols);
    }
  }
  DimBindings out;
  for (const std::string& symbol : symbols) out[symbol] = tokens;
  if (out.contains(ops::kTableWidth)) out[std::string(ops::kTableWidth)] = 8;
  return out;
}

}  // namespace lathe::builder
