// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/lower/asked_step.h"

#include <algorithm>
#include <map>
#include <set>

#include "lathe/base/error.h"
#include "lathe/engine/problem.h"
#include "lathe/ops/embedding.h"
#include "lathe/ops/norm_linear.h"

namespace lathe::builder {

namespace {

constexpr int64_t kManyTokens = 512;

std::vector<TokenRange> ranges_of(const std::vector<Supporter>& supporters,
                                  std::span<const int64_t> token_ends) {
  std::set<int64_t> ends(token_ends.begin(), token_ends.end());
  for (const Supporter& supporter : supporters) {
    const kernels::CudaKernel* cuda = supporter.kernel->cuda;
    if (cuda != nullptr) ends.insert({cuda->max_tokens, cuda->min_tokens - 1});
  }
  std::vector<TokenRange> out;
  int64_t first = 1;
  for (auto end = ends.upper_bound(0); end != ends.end(); ++end) {
    out.push_back({first, *end});
    first = *end + 1;
  }
  out.push_back({first, 0});
  return out;
}

std::string reasons(std::span<const engine::Refusal> refused) {
  std::vector<std::string> out;
  out.reserve(refused.size());
  for (const engine::Refusal& refusal : refused) {
    out.push_back(cat(refusal.kernel, ": ", refusal.why));
  }
  return join(out, "; ");
}

}  // namespace

int64_t TokenRange::weighed_at() const {
  return last == 0 ? std::max(kManyTokens, 2 * (first - 1)) : last;
}

bool Supporter::takes(const TokenRange& range) const {
  const kernels::CudaKernel* cuda = kernel->cuda;
  if (cuda == nullptr) return true;
  const bool to_the_end = range.last == 0 ? cuda->max_tokens == 0 : cuda->takes(range.last);
  return cuda->takes(range.first) && to_the_end;
}

int weight_tensors(const ops::Op& op) {
  if (const auto* linear = op.as<ops::Linear>()) return linear->format.num_tensors();
  if (const auto* linear = op.as<ops::NormLinear>()) return linear->linear.format.num_tensors();
  if (const auto* embedding = op.as<ops::Embedding>()) return embedding->format.num_tensors();
  return 0;
}

AskedStep ask(const engine::Plan& plan, size_t target, size_t step,
              std::span<const int64_t> token_ends) {
  const engine::PlanStep& asked = plan.steps[step];
  AskedStep out{.step = step, .problem = problem_of(plan, asked)};
  const auto candidates = kernels::kernels_for(asked.op);
  for (size_t rank = 0; rank < candidates.size(); ++rank) {
    const kernels::Support support = candidates[rank]->supports(out.problem, plan.targets[target]);
    if (support.ok) {
      out.supporters.push_back({candidates[rank], rank});
    } else {
      out.refused.push_back({std::string(candidates[rank]->name), support.why_not});
    }
  }
  out.ranges = ranges_of(out.supporters, token_ends);
  if (weight_tensors(out.problem.op) == 0) return out;
  const int weight = asked.inputs[kernels::weight_operand(out.problem.op)];
  const engine::PlanValue& value = plan.values[static_cast<size_t>(weight)];
  if (value.storage == engine::Storage::kWeight) out.weight = weight;
  return out;
}

void refuse_missing(std::span<const AskedStep> all) {
  std::map<std::string, int64_t> missing;
  for (const AskedStep& asked : all) {
    const bool served = std::ranges::any_of(asked.supporters, [](const Supporter& supporter) {
      return supporter.takes({1, 0});
    });
    if (!served) ++missing[cat(asked.problem.op.name(), ": ", reasons(asked.refused))];
  }
  if (missing.empty()) return;
  std::vector<std::string> lines;
  lines.reserve(missing.size());
  for (const auto& [line, steps] : missing) lines.push_back(cat(steps, " of ", line));
  fail(ErrorCode::kUnsupported, "steps have no kernel for the target: ", join(lines, " | "));
}

}  // namespace lathe::builder
