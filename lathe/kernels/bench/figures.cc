// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/bench/figures.h"

#include <algorithm>
#include <cmath>

#include "lathe/base/text.h"

namespace lathe::kernels {

KernelBench::KernelBench(CpuIsa isa, ThreadPool& pool, QuietRounds& rounds)
    : target_{.device = DeviceKind::kCpu, .isa = isa}, pool_(pool), rounds_(rounds) {}

const Ceilings& KernelBench::ceilings() {
  if (!ceilings_) {
    const auto measure = [&] { return measure_ceilings(target_.isa, pool_); };
    ceilings_ = rounds_.run("the ceilings", measure).value;
  }
  return *ceilings_;
}

// At a working set of this size, rounded to a power of two.
Round<double> KernelBench::read_rate(double bytes) {
  constexpr int kLeast = 16, kMost = 30;
  const int exponent =
      std::clamp(static_cast<int>(std::lround(std::log2(std::max(bytes, 1.0)))), kLeast, kMost);
  const auto known = read_rates_.find(exponent);
  if (known != read_rates_.end()) return {known->second};
  const int64_t size = int64_t{1} << exponent;
  const Round<double> rate = rounds_.run(cat("the read rate of ", size, " bytes"),
                                         [&] { return measure_read_rate(size, pool_); });
  if (!rate.contended) read_rates_[exponent] = rate.value;
  return rate;
}

double KernelBench::arithmetic_rate(const Cost& cost) {
  return cost.integer ? measure_code_rate(target_.isa, pool_)
                      : measure_fma_rate(target_.isa, pool_);
}

KernelBench::Timed KernelBench::time(const Kernel& kernel, const BenchProblem& problem,
                                     const Cost& cost) {
  const double before = arithmetic_rate(cost);
  const KernelTime time = time_kernel(kernel, problem.problem, problem.step, pool_);
  return {.seconds = time.seconds, .peak = std::max(before, arithmetic_rate(cost))};
}

KernelFigure KernelBench::measure(const Kernel& kernel, const BenchProblem& problem) {
  const Cost cost = cost_of(problem.problem, problem.step);
  const auto timed = rounds_.run(kernel.name, [&] { return time(kernel, problem, cost); });
  const Round<double> read = read_rate(cost.bytes);
  const double memory_us = cost.bytes / read.value * 1e6;
  const double arithmetic_us = cost.flops / timed.value.peak * 1e6;
  const double us = timed.value.seconds * 1e6;
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
          .bound = std::string(memory_us >= arithmetic_us ? "memory" : units),
          .contended = timed.contended || read.contended};
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
