// SPDX-License-Identifier: Apache-2.0
// What the next step computes: `guaranteed_no_evict`, in order of arrival.
#pragma once

#include <string>
#include <vector>

#include "lathe/runtime/scheduler/snapshot.h"

namespace lathe::runtime {

struct ScheduledTokens {
  RequestId id{};
  int64_t num_tokens = 0;  // the next so many of its pending tokens; >= 1
  bool operator==(const ScheduledTokens&) const = default;
};

struct RefusedRequest {
  RequestId id{};
  std::string why;
  bool operator==(const RefusedRequest&) const = default;
};

struct StepPlan {
  std::vector<RequestId> admitted;  // in order; they run from this step on
  std::vector<RefusedRequest> refused;
  std::vector<ScheduledTokens> scheduled;  // of running and admitted ones
  bool operator==(const StepPlan&) const = default;
};

// Pure. A queued request is admitted where blocks for all that it may grow to are certain beside
// those promised to the running ones, so nobody is ever preempted; one that can never fit is
// refused with the reason. Generations come first, contexts share what is left of the token budget.
StepPlan plan_step(const Snapshot& snapshot);

}  // namespace lathe::runtime
