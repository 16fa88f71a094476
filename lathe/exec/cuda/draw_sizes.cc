// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/draw_sizes.h"

#include <algorithm>

#include "lathe/exec/cuda/generation_batch.h"
#include "lathe/kernels/sample/cuda_sample.h"
#include "lathe/ops/step_inputs.h"

namespace lathe::exec {

int64_t DrawSizes::seen_bytes() const {
  return most_seen * static_cast<int64_t>(sizeof(kernels::SampleSeen));
}

int64_t DrawSizes::bytes() const {
  // Options, positions and tokens of each row.
  const auto row = static_cast<int64_t>(sizeof(kernels::SampleRow) + 2 * sizeof(int32_t));
  return rows * row + (seen_rows + kSeenPieces) * seen_bytes();
}

bool draws_tokens(const engine::Plan& plan) {
  return !plan.sampler.empty() && takes_step_inputs(plan);
}

DrawSizes draw_sizes(const engine::Plan& plan, const DimBindings& limits) {
  const auto logits = std::ranges::find(plan.outputs, "logits", &engine::PlanOutput::name);
  const std::vector<int64_t> most =
      plan.values[static_cast<size_t>(logits->value)].type.shape.evaluate(limits);
  const int64_t longest = limit_of(limits, ops::kTableWidth) * plan.block_size;
  return {.vocab = most[1],
          .rows = most[0],
          .seen_rows = std::min(most[0], limit_of(limits, ops::kSequences)),
          .most_seen = std::min(most[1], longest)};
}

}  // namespace lathe::exec
