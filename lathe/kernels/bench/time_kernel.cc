// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/bench/time_kernel.h"

#include <algorithm>
#include <memory>

#include "lathe/base/clock.h"
#include "lathe/base/median.h"
#include "lathe/kernels/bench/operands.h"

namespace lathe::kernels {

namespace {

using Sets = std::vector<std::unique_ptr<BenchOperands>>;

int64_t num_sets(int64_t bytes, int64_t cold_bytes) {
  constexpr int64_t kMostSets = 64;
  return std::clamp<int64_t>(cold_bytes / std::max<int64_t>(bytes, 1) + 1, 1, kMostSets);
}

double call(BenchOperands& operands) {
  const Stopwatch watch;
  operands.run();
  return watch.seconds();
}

}  // namespace

KernelTime time_kernel(const Kernel& kernel, const Problem& problem, const BenchStep& step,
                       ThreadPool& pool, const TimingOptions& options) {
  Sets sets;
  sets.push_back(std::make_unique<BenchOperands>(kernel, problem, step, pool));
  const int64_t bytes = sets[0]->operand_bytes();
  while (static_cast<int64_t>(sets.size()) < num_sets(bytes, options.cold_bytes)) {
    sets.push_back(std::make_unique<BenchOperands>(kernel, problem, step, pool));
  }
  for (const auto& set : sets) set->run();
  std::vector<double> seconds;
  const Stopwatch total;
  while (total.seconds() < options.least_seconds ||
         static_cast<int64_t>(seconds.size()) < options.least_calls) {
    seconds.push_back(call(*sets[seconds.size() % sets.size()]));
  }
  return {.seconds = median(seconds),
          .fastest = *std::min_element(seconds.begin(), seconds.end()),
          .calls = static_cast<int64_t>(seconds.size()),
          .operand_bytes = bytes};
}

}  // namespace lathe::kernels
