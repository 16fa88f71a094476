// SPDX-License-Identifier: Apache-2.0
// Collectives in a group of one rank.
#pragma once

#include "lathe/kernels/cpu/copy.h"
#include "lathe/kernels/cpu/reference.h"

namespace lathe::kernels {

// `supports` of the references: more ranks need a process group, which a kernel does not have.
template <ops::OpType Collective>
Support one_rank_on_cpu(const Problem& problem, const Target& target) {
  const int ranks = problem.op.as<Collective>()->group_size;
  if (ranks != 1) return Support::no("a group of ", ranks, " ranks needs a transport");
  return any_on_cpu(problem, target);
}

inline void hand_on(const KernelArgs& args) { copy_elements(args.inputs[0], args.outputs[0]); }

}  // namespace lathe::kernels
