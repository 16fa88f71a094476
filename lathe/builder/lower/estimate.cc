// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/lower/estimate.h"

#include <algorithm>
#include <set>

#include "lathe/builder/target_support.h"
#include "lathe/kernels/bench/ceilings.h"
#include "lathe/kernels/bench/cost.h"
#include "lathe/ops/step_inputs.h"

namespace lathe::builder {

namespace {

// What a core of a class can do at most: nominal figures, so that a plan is the same
// wherever it is built. Only their ratios matter.
using kernels::Ceilings;
constexpr Ceilings kScalar = {2e9, 2e9, 4e9};
constexpr Ceilings kAvx2 = {96e9, 192e9, 20e9};
constexpr Ceilings kAvx512 = {192e9, 384e9, 20e9};
constexpr Ceilings kVnni = {192e9, 768e9, 20e9};

// The name says which instructions a kernel is made of; one that names none moves memory.
const Ceilings& ceilings_of(const kernels::Kernel& kernel) {
  const auto is = [&](std::string_view part) { return kernel.name.find(part) != kernel.name.npos; };
  if (kernel.cuda != nullptr) return kernels::kNominalHopper;
  if (is_fallback(kernel.name)) return kScalar;
  if (is(".vnni")) return kVnni;
  return is(".avx512") ? kAvx512 : kAvx2;
}

kernels::BenchStep step_of(const Candidate& candidate) {
  return {.tokens = candidate.tokens, .context = candidate.tokens == 1 ? 512 : 0};
}

}  // namespace

bool is_measurable(const kernels::Problem& problem) {
  const auto is_data = [](const TensorType& type) {
    return is_floating(type.dtype) || type.dtype == DType::kI8 || type.dtype == DType::kU4;
  };
  return std::ranges::all_of(problem.inputs, is_data) &&
         std::ranges::all_of(problem.outputs, is_data);
}

Estimator cost_model() {
  constexpr double kLaunchSeconds = 1e-6;
  constexpr double kPreference = 1e-3;  // of a place in the list: less than any real difference
  return [](const Candidate& candidate) {
    const kernels::Cost cost = kernels::cost_of(candidate.problem, step_of(candidate));
    const Ceilings& most = ceilings_of(candidate.kernel);
    const double products = cost.integer ? most.code_ops_per_s : most.fma_flops_per_s;
    const double seconds = std::max(cost.bytes / most.read_bytes_per_s, cost.flops / products);
    return (kLaunchSeconds + seconds) * (1 + kPreference * static_cast<double>(candidate.rank));
  };
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
