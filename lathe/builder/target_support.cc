// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/target_support.h"

#include <algorithm>

#include "lathe/kernels/kernel.h"

namespace lathe::builder {

namespace {

// The kernels of a list that are no fallbacks are asked in its order.
std::optional<std::string> why_not_on(const kernels::Target& target,
                                      const kernels::Problem& problem) {
  std::string first = cat("no fast kernel for ", problem.op.name());
  bool asked = false;
  for (const kernels::Kernel* kernel : kernels::kernels_for(problem.op.name())) {
    if (is_fallback(kernel->name)) continue;
    const kernels::Support support = kernel->supports(problem, target);
    if (support.ok) return std::nullopt;
    if (!asked) first = cat(kernel->name, ": ", support.why_not);
    asked = true;
  }
  return first;
}

}  // namespace

std::optional<std::string> why_not_fast(const PassContext& context, const ops::Op& op,
                                        std::span<const Value> inputs) {
  kernels::Problem problem{op, {}, {}};
  for (const Value input : inputs) problem.inputs.push_back(input.type());
  problem.outputs = op.infer(problem.inputs);
  for (const kernels::Target& target : context.targets) {
    if (auto why_not = why_not_on(target, problem)) return why_not;
  }
  return std::nullopt;
}

bool is_fallback(std::string_view kernel) {
  if (kernel.ends_with(".ref")) return true;
  if (!kernel.ends_with(".cuda.any")) return false;
  const auto list = kernels::kernels_for(kernel.substr(0, kernel.find('.')));
  return std::any_of(list.begin(), list.end(), [&](const kernels::Kernel* other) {
    return other->cuda != nullptr && other->name != kernel;
  });
}

}  // namespace lathe::builder
