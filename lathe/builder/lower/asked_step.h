// SPDX-License-Identifier: Apache-2.0
// A plan's step as one target sees it: which kernels take it, and for which numbers of tokens one
// of them has to be chosen.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "lathe/engine/plan.h"
#include "lathe/kernels/kernel.h"

namespace lathe::builder {

// Numbers of tokens; last 0: all from the first on.
struct TokenRange {
  int64_t first = 1;
  int64_t last = 0;
  // What stands for the range when kernels are weighed: its end, and many where it has none.
  int64_t weighed_at() const;
};

// A kernel that said yes.
struct Supporter {
  const kernels::Kernel* kernel;
  size_t rank;                                // in its op's list
  bool takes(const TokenRange& range) const;  // all of it
};

struct AskedStep {
  size_t step;  // index into the plan's
  kernels::Problem problem;
  std::vector<Supporter> supporters = {};
  std::vector<TokenRange> ranges = {};  // ascending, all numbers together
  engine::ChoiceTable table = {};
  std::vector<engine::Refusal> refused = {};  // so far
  std::optional<int> weight = {};             // value of the weight's first tensor
};

// The formats' tensors of an op's weight operand; 0 where it has none.
int weight_tensors(const ops::Op& op);

// Asks every kernel of the step's op. Ranges end where `token_ends` say and where kernels do.
AskedStep ask(const engine::Plan& plan, size_t target, size_t step,
              std::span<const int64_t> token_ends);

// Throws kUnsupported where steps have no kernel for all numbers of tokens: one error that names
// every op with every refusal.
void refuse_missing(std::span<const AskedStep> all);

}  // namespace lathe::builder
