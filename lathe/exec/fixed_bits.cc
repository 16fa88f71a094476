// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/fixed_bits.h"

#include "lathe/base/error.h"
#include "lathe/kernels/kernel.h"

namespace lathe::exec {

namespace {

// The table's kernel for them, or its only one.
kernels::Support keeps_bits(const engine::ChoiceTable& table) {
  if (table.fixed_bits) return kernels::Support::yes();  // the plan was verified
  const engine::KernelChoice& first = table.choices.front();
  if (table.choices.size() > 1) {
    return kernels::Support::no(first.kernel, " serves up to ", first.up_to_tokens, " tokens, ",
                                table.choices[1].kernel, " more");
  }
  const kernels::Kernel* kernel = kernels::find_kernel(first.kernel);
  if (kernel->cuda->fixed_bits.empty()) {
    return kernels::Support::no(first.kernel, " may sum otherwise in another batch");
  }
  return kernels::Support::yes();
}

}  // namespace

void check_fixed_bits(const engine::Plan& plan, size_t target) {
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const kernels::Support support = keeps_bits(plan.steps[i].kernels[target]);
    if (support.ok) continue;
    fail(ErrorCode::kInvalidArgument, "--deterministic: step ", i, " (", plan.steps[i].op,
         "): ", support.why_not,
         "; leave it out, or run an engine that `lathe build --target cpu` ", "wrote");
  }
}

}  // namespace lathe::exec
