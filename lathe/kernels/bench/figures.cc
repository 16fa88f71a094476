// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/bench/figures.h"

#include <algorithm>
#include <cmath>

#include "lathe/base/text.h"

namespace lathe::kernels {

KernelFigure figure_of(const Cost& cost, const Ceilings& ceilings, double us) {
  const double peak = cost.integer ? ceilings.code_ops_per_s : ceilings.fma_flops_per_s;
  const double memory_us = cost.bytes / ceilings.read_bytes_per_s * 1e6;
  const double arithmetic_us = cost.flops / peak * 1e6;
  const std::string_view units = cost.integer ? "codes" : "fma";
  KernelFigure out;
  out.us = us;
  out.bytes = cost.bytes;
  out.flops = cost.flops;
  out.ceiling_us = std::max(memory_us, arithmetic_us);
  out.share = us > 0 ? out.ceiling_us / us : 0;
  out.bound = memory_us >= arithmetic_us ? "memory" : units;
  return out;
}

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
  const Ceilings ceilings{.fma_flops_per_s = timed.value.peak,
                          .code_ops_per_s = timed.value.peak,
                          .read_bytes_per_s = read.value};
  KernelFigure out = figure_of(cost, ceilings, timed.value.seconds * 1e6);
  out.op = problem.problem.op.name();
  out.kernel = kernel.name;
  out.problem = problem.text;
  out.contended = timed.contended || read.contended;
  return out;
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
