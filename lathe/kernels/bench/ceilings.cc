// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/bench/ceilings.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "lathe/base/clock.h"
#include "lathe/base/median.h"
#include "lathe/core/tensor.h"
#include "lathe/kernels/bench/read_probe.h"

namespace lathe::kernels {

namespace {

constexpr int kRepeats = 5;

// Operations a second of all threads, the median of some tries.
double peak(PeakProbe probe, ThreadPool& pool) {
  constexpr int64_t kRounds = 1 << 19;
  const auto threads = static_cast<size_t>(pool.num_threads());
  std::vector<double> rates;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    std::vector<double> operations(threads);
    std::vector<float> sinks(threads, 0.0f);
    const Stopwatch watch;
    pool.run(threads, [&](size_t i) { operations[i] = probe(kRounds, sinks[i]); });
    double total = 0;
    for (const double some : operations) total += some;
    rates.push_back(total / watch.seconds());
  }
  return median(std::move(rates));
}

// Memory in huge pages, as weights are: from the first line of a huge page on.
class ReadMemory {
 public:
  explicit ReadMemory(int64_t bytes) : bytes_(bytes), tensor_(DType::kU8, {bytes + kHugePage}) {
    const auto start = reinterpret_cast<uintptr_t>(tensor_.data());
    data_ = static_cast<std::byte*>(tensor_.data()) + (kHugePage - start % kHugePage);
    ::madvise(data_, static_cast<size_t>(bytes), MADV_HUGEPAGE);  // advice: may be refused
    std::memset(data_, 1, static_cast<size_t>(bytes));
  }
  const std::byte* data() const { return data_; }
  int64_t bytes() const { return bytes_; }

 private:
  static constexpr int64_t kHugePage = 2 << 20;
  int64_t bytes_;
  Tensor tensor_;
  std::byte* data_;
};

// Bytes a second, the median of some passes over the memory by all threads.
double read_rate(const ReadMemory& memory, const ReadPattern& pattern, ThreadPool& pool) {
  std::vector<uint64_t> sinks(static_cast<size_t>(memory.bytes() / pattern.chunk_bytes));
  std::vector<double> rates;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    const Stopwatch watch;
    pool.run(sinks.size(), [&](size_t i) {
      sinks[i] = read_chunk(memory.data() + static_cast<int64_t>(i) * pattern.chunk_bytes, pattern);
    });
    rates.push_back(static_cast<double>(memory.bytes()) / watch.seconds());
  }
  return median(std::move(rates));
}

PeakProbe code_probe_of(CpuIsa isa) {
  if (isa == CpuIsa::kVnni) return code_probe_vnni;
  return isa == CpuIsa::kAvx512 ? code_probe_avx512 : code_probe_avx2;
}

}  // namespace

double measure_read_rate(int64_t working_set, ThreadPool& pool) {
  // Whole chunks of every pattern that leaves each thread one.
  const int64_t threads = pool.num_threads();
  const bool small = working_set < kLargestReadChunk * threads;
  const int64_t granule = small ? kSmallestReadChunk : kLargestReadChunk;
  const ReadMemory memory(std::max(working_set / granule, int64_t{1}) * granule);
  double best = 0;
  for (const ReadPattern& pattern : kReadPatterns) {
    if (pattern.chunk_bytes <= granule) best = std::max(best, read_rate(memory, pattern, pool));
  }
  return best;
}

double measure_fma_rate(CpuIsa isa, ThreadPool& pool) {
  return peak(isa >= CpuIsa::kAvx512 ? fma_probe_avx512 : fma_probe_avx2, pool);
}

double measure_code_rate(CpuIsa isa, ThreadPool& pool) { return peak(code_probe_of(isa), pool); }

Ceilings measure_ceilings(CpuIsa isa, ThreadPool& pool) {
  constexpr int64_t kBeyondCaches = int64_t{1} << 30;
  return {.fma_flops_per_s = measure_fma_rate(isa, pool),
          .code_ops_per_s = measure_code_rate(isa, pool),
          .read_bytes_per_s = measure_read_rate(kBeyondCaches, pool)};
}

}  // namespace lathe::kernels
