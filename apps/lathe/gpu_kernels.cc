// SPDX-License-Identifier: Apache-2.0
#include "gpu_kernels.h"

#include <algorithm>

#include "lathe/runtime/profile_step.h"
#include "model_flags.h"

namespace lathe::app {

kernels::BenchStep fitted(kernels::BenchStep shape, int64_t most) {
  const int64_t each = std::min(most, shape.tokens / shape.sequences);
  shape.tokens = each * shape.sequences;
  shape.context = std::min(shape.context, most - each);
  return shape;
}

runtime::RunLimits limits_for(runtime::RunLimits given,
                              std::span<const kernels::BenchStep> shapes) {
  given.max_batch_size = given.max_num_tokens = given.max_seq_len = 1;
  for (const kernels::BenchStep& shape : shapes) {
    given.max_batch_size = std::max(given.max_batch_size, shape.sequences);
    given.max_num_tokens = std::max(given.max_num_tokens, shape.tokens);
    given.max_seq_len = std::max(given.max_seq_len, shape.kv_length());
  }
  return given;
}

GpuKernels time_gpu_kernels(const std::shared_ptr<const exec::Engine>& engine,
                            const runtime::RunLimits& limits,
                            std::span<const kernels::BenchStep> shapes) {
  const runtime::StepLimits sizes = checked_limits(*engine, limits);
  exec::Session session(engine, runtime::session_options(sizes, limits.max_batch_size));
  GpuKernels out;
  for (const kernels::BenchStep& shape : shapes) {
    const exec::StepTimes times = runtime::time_launches(session, shape, kStepRepeats);
    out.host_was_ahead = out.host_was_ahead && times.host_was_ahead;
    for (StepGroup& group : group_steps(engine->plan(), engine->target(), shape, times)) {
      out.groups.push_back(std::move(group));
    }
  }
  return out;
}

KernelReport report_of(const std::string& device, const EngineCeilings& ceilings,
                       const GpuKernels& timed) {
  KernelReport out{.facts = Json::object(), .rows = {}};
  out.facts["device"] = device;
  out.facts["ceilings_known"] = ceilings.known;
  out.facts["host_was_ahead"] = timed.host_was_ahead;
  out.facts["ceilings"] = lathe::to_json(ceilings.rates);
  for (const StepGroup& group : timed.groups) {
    out.rows.push_back({group.figure(ceilings.rates), group.num_steps()});
  }
  return out;
}

}  // namespace lathe::app
