// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/bench/figures.h"

#include <algorithm>
#include <cmath>

namespace lathe::kernels {

KernelBench::KernelBench(CpuIsa isa, ThreadPool& pool)
    : target_{.device = DeviceKind::kCpu, .isa = isa},
      pool_(pool),
      ceilings_(measure_ceilings(isa, pool)) {}

// At a working set of this size, rounded to a power of two.
double KernelBench::read_rate(double bytes) {
  constexpr int kLeast = 16, kMost = 30;
  const int exponent =
      std::clamp(static_cast<int>(std::lround(std::log2(std::max(bytes, 1.0)))), kLeast, kMost);
  const auto known = read_rates_.find(exponent);
  if (known != read_rates_.end()) return known->second;
  return read_rates_[exponent] = measure_read_rate(int64_t{1} << exponent, pool_);
}

double KernelBench::arithmetic_rate(const Cost& cost) {
  return cost.integer ? measure_code_rate(target_.isa, pool_)
                      : measure_fma_rate(target_.isa, pool_);
}

KernelFigure KernelBench::measure(const Kernel& kernel, const BenchProblem& problem) {
  const Cost cost = cost_of(problem.problem, problem.step);
  const double before = arithmetic_rate(cost);
  const KernelTime time = time_kernel(kernel, problem.problem, problem.step, pool_);
  const double peak = std::max(before, arithmetic_rate(cost));
  const double memory_us = cost.bytes / read_rate(cost.bytes) * 1e6;
  const double arithmetic_us = cost.flops / peak * 1e6;
  const double us = time.seconds * 1e6;
  const double ceiling_us = std::max(memory_us, arithmetic_us);
  const std::string_view units = cost.integer ? "codes" : "fma";
  return {.op = std::string(problem.problem.op.name()),
          .kernel = std::string(kernel.name),
          .problem = problem.text,
          .us = us,
          .bytes = cost.bytes,
          .flops = cost.flops,
          .ceiling_us = ceiling_us,
          .share = ceiling_us / us,
          .bound = std::string(memory_us >= arithmetic_us ? "memory" : units)};
}

std::vector<KernelFigure> KernelBench::measure_all(const BenchProblem& problem) {
  std::vector<KernelFigure> out;
  for (const Kernel* kernel : kernels_for(problem.problem.op.name())) {
    if (!kernel->supports(problem.problem, target_).ok) continue;
    if (kernel->name.ends_with(".ref") && !out.empty()) continue;
    out.push_back(measure(*kernel, problem));
  }
  return out;
}

}  // namespace lathe::kernels
