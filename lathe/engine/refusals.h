// SPDX-License-Identifier: Apache-2.0
// Why kernels were not chosen, without saying it three hundred times.
#pragma once

#include "lathe/engine/plan.h"

namespace lathe::engine {

// The refusals that a table refers to. REQUIRES: verify(plan) passed, or none.
std::span<const Refusal> refusals_of(const Plan& plan, const ChoiceTable& table);

// What a table's `refused` says for this list, which joins the plan's where it is a new one.
int keep_refusals(Plan& plan, std::vector<Refusal> refusals);

// Kernels that all were refused for one reason by steps of one op.
struct RefusalGroup {
  std::string op;
  std::string why;
  std::vector<std::string> kernels;  // without the op: "cpu.avx2.bf16"
  int64_t steps = 0;                 // the most that heard it of one kernel
  bool operator==(const RefusalGroup&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("op", &RefusalGroup::op);
    v("why", &RefusalGroup::why);
    v("kernels", &RefusalGroup::kernels);
    v("steps", &RefusalGroup::steps);
  }
};

// Of one target, by op and reason.
std::vector<RefusalGroup> group_refusals(const Plan& plan, size_t target);

}  // namespace lathe::engine
