// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/lower/timed_choice.h"

#include "lathe/builder/lower/measure.h"

namespace lathe::builder {

TimedChoice::TimedChoice(const engine::Plan& plan, TimingCache& cache,
                         const TimingSettings& settings) {
  const kernels::Target& target = plan.targets[0];
  if (target.device == DeviceKind::kCpu) {
    pool_.emplace();
    options_.estimate = [check = settings.check,
                         measure = measured(cache, *pool_)](const Candidate& candidate) {
      if (check) check();
      return measure(candidate);
    };
    return;
  }
  times_.emplace(cache, GpuTimesOptions{.device = settings.gpu,
                                        .sm = target.sm,
                                        .block_size = plan.block_size,
                                        .compile = settings.compile,
                                        .check = settings.check});
  options_.token_ranges = times_->token_ranges();
  options_.estimate = times_->estimator();
  options_.prepare = [this](std::span<const Candidate> candidates) { times_->measure(candidates); };
}

}  // namespace lathe::builder
