// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/bench/ceilings.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "lathe/base/clock.h"
#include "lathe/core/tensor.h"

namespace lathe::kernels {

namespace {

constexpr int kRepeats = 5;

// Operations a second of all threads, the best of some tries.
double peak(PeakProbe probe, ThreadPool& pool) {
  constexpr int64_t kRounds = 1 << 20;
  const auto threads = static_cast<size_t>(pool.num_threads());
  double best = 0;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    std::vector<double> operations(threads);
    std::vector<float> sinks(threads, 0.0f);
    const Stopwatch watch;
    pool.run(threads, [&](size_t i) { operations[i] = probe(kRounds, sinks[i]); });
    double total = 0;
    for (const double some : operations) total += some;
    best = std::max(best, total / watch.seconds());
  }
  return best;
}

// The sum of a run of memory, so that it is read.
uint64_t read_all(const uint64_t* from, int64_t count) {
  uint64_t sums[8] = {};
  for (int64_t i = 0; i + 8 <= count; i += 8) {
    for (int64_t j = 0; j < 8; ++j) sums[j] += from[i + j];
  }
  uint64_t total = 0;
  for (const uint64_t sum : sums) total += sum;
  return total;
}

PeakProbe code_probe_of(CpuIsa isa) {
  if (isa == CpuIsa::kVnni) return code_probe_vnni;
  return isa == CpuIsa::kAvx512 ? code_probe_avx512 : code_probe_avx2;
}

}  // namespace

double measure_read_rate(int64_t working_set, ThreadPool& pool) {
  constexpr int64_t kChunk = 1 << 16;
  const int64_t chunks = std::max<int64_t>(1, working_set / kChunk);
  const Tensor memory(DType::kI64, {chunks * kChunk / 8});
  std::memset(memory.data(), 1, static_cast<size_t>(memory.num_bytes()));
  std::vector<uint64_t> sums(static_cast<size_t>(chunks));
  double best = 0;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    const Stopwatch watch;
    pool.run(sums.size(), [&](size_t i) {
      sums[i] =
          read_all(static_cast<const uint64_t*>(memory.data()) + i * (kChunk / 8), kChunk / 8);
    });
    best = std::max(best, static_cast<double>(memory.num_bytes()) / watch.seconds());
  }
  return best;
}

Ceilings measure_ceilings(CpuIsa isa, ThreadPool& pool) {
  constexpr int64_t kBeyondCaches = int64_t{1} << 30;
  const bool wide = isa >= CpuIsa::kAvx512;
  return {.fma_flops_per_s = peak(wide ? fma_probe_avx512 : fma_probe_avx2, pool),
          .code_ops_per_s = peak(code_probe_of(isa), pool),
          .read_bytes_per_s = measure_read_rate(kBeyondCaches, pool)};
}

}  // namespace lathe::kernels
