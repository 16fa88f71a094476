// SPDX-License-Identifier: Apache-2.0
#include "cpu_target.h"

namespace lathe::app {

size_t cpu_target(const engine::Plan& plan, std::optional<kernels::CpuIsa> isa) {
  const kernels::CpuIsa wanted = isa.value_or(kernels::machine_isa());
  size_t best = 0;
  for (size_t i = 0; i < plan.targets.size(); ++i) {
    const kernels::Target& target = plan.targets[i];
    const bool runs = target.device == DeviceKind::kCpu && target.isa <= wanted;
    if (runs && plan.targets[best].isa <= target.isa) best = i;
  }
  return best;
}

}  // namespace lathe::app
