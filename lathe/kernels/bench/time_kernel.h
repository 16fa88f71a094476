// SPDX-License-Identifier: Apache-2.0
// How long a kernel takes for a problem: what kernel choice, `lathe tune` and `lathe bench kernels`
// measure with.
//
//   const KernelTime time = time_kernel(kernel, problem, {.tokens = 1, .context = 512}, pool);
#pragma once

#include "lathe/kernels/bench/step.h"
#include "lathe/kernels/kernel.h"

namespace lathe::kernels {

struct TimingOptions {
  double least_seconds = 0.02;  // of measuring, the warm-up left out
  int64_t least_calls = 5;
  // Operands are made so often that they take so many bytes together, and used in turns: in a step
  // a kernel's weights are not in the caches near the core. 0: one set.
  int64_t cold_bytes = 0;
};

struct KernelTime {
  double seconds = 0;  // median of a call
  double fastest = 0;
  int64_t calls = 0;
  int64_t operand_bytes = 0;  // of one set, the cache left out
};

// REQUIRES: the kernel supports the problem on this machine. Throws what it throws, kOutOfMemory.
KernelTime time_kernel(const Kernel& kernel, const Problem& problem, const BenchStep& step,
                       ThreadPool& pool, const TimingOptions& options = {});

}  // namespace lathe::kernels
