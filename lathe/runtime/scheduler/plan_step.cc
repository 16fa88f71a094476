// SPDX-License-Identifier: Apache-2.0
#include "lathe/runtime/scheduler/plan_step.h"

#include <algorithm>

#include "lathe/base/text.h"

namespace lathe::runtime {

namespace {

int64_t blocks_for(int64_t tokens, const StepLimits& limits) {
  return (tokens + limits.block_size - 1) / limits.block_size;
}

// Empty where the request fits an idle engine.
std::string why_never(const SequenceView& request, const StepLimits& limits) {
  if (request.num_tokens >= limits.max_seq_len) {
    return cat("the prompt has ", request.num_tokens, " tokens; the maximum context length is ",
               limits.max_seq_len, " tokens, answer included");
  }
  if (blocks_for(request.num_tokens + 1, limits) > limits.num_blocks) {
    return cat("the prompt has ", request.num_tokens, " tokens; the KV cache holds ",
               limits.num_blocks * limits.block_size, ", answer included");
  }
  return {};
}

// Blocks that the running sequences were promised and do not hold yet.
int64_t promised_blocks(const Snapshot& snapshot) {
  int64_t promised = 0;
  for (const SequenceView& sequence : snapshot.running) {
    promised += blocks_for(sequence.max_total, snapshot.limits) - sequence.num_blocks;
  }
  return promised;
}

// Admits and refuses; returns the admitted ones' views.
std::vector<SequenceView> admit(const Snapshot& snapshot, StepPlan& plan) {
  const StepLimits& limits = snapshot.limits;
  const int64_t max_sequences = std::min(limits.max_batch_size, limits.max_num_tokens);
  auto num_running = static_cast<int64_t>(snapshot.running.size());
  int64_t free = snapshot.available_blocks - promised_blocks(snapshot);
  std::vector<SequenceView> admitted;
  bool blocked = false;
  for (const SequenceView& request : snapshot.queued) {
    if (std::string why = why_never(request, limits); !why.empty()) {
      plan.refused.push_back({request.id, std::move(why)});
      continue;
    }
    const int64_t needed = blocks_for(request.max_total, limits);
    blocked = blocked || num_running >= max_sequences || needed > free;
    if (blocked) continue;
    free -= needed;
    ++num_running;
    plan.admitted.push_back(request.id);
    admitted.push_back(request);
  }
  return admitted;
}

}  // namespace

StepPlan plan_step(const Snapshot& snapshot) {
  StepPlan plan;
  std::vector<SequenceView> sequences = snapshot.running;
  const std::vector<SequenceView> admitted = admit(snapshot, plan);
  sequences.insert(sequences.end(), admitted.begin(), admitted.end());

  // Whoever generates has one pending token; a stable partition keeps the order of arrival.
  std::stable_partition(sequences.begin(), sequences.end(),
                        [](const SequenceView& sequence) { return sequence.pending() == 1; });
  int64_t budget = snapshot.limits.max_num_tokens;
  for (const SequenceView& sequence : sequences) {
    const int64_t tokens = std::min(sequence.pending(), budget);
    if (tokens > 0) plan.scheduled.push_back({sequence.id, tokens});
    budget -= tokens;
  }
  return plan;
}

}  // namespace lathe::runtime
