// SPDX-License-Identifier: Apache-2.0
// A kernel's time on a problem beside what the machine could do at best: the rows of
// `lathe bench kernels`.
#pragma once

#include <map>
#include <string>

#include "lathe/kernels/bench/ceilings.h"
#include "lathe/kernels/bench/cost.h"
#include "lathe/kernels/bench/problem_file.h"
#include "lathe/kernels/bench/time_kernel.h"

namespace lathe::kernels {

struct KernelFigure {
  std::string op;
  std::string kernel;
  std::string problem;
  double us = 0;          // median of a call
  double bytes = 0;       // that have to be moved once
  double flops = 0;       // of the products; of codes: integer operations
  double ceiling_us = 0;  // the greater of reading the bytes and doing the flops
  double share = 0;       // ceiling_us / us
  std::string bound;      // "memory", "fma" or "codes": which of them it is
  template <class V>
  static void fields(V&& v) {
    v("op", &KernelFigure::op);
    v("kernel", &KernelFigure::kernel);
    v("problem", &KernelFigure::problem);
    v("us", &KernelFigure::us);
    v("bytes", &KernelFigure::bytes);
    v("flops", &KernelFigure::flops);
    v("ceiling_us", &KernelFigure::ceiling_us);
    v("share", &KernelFigure::share);
    v("bound", &KernelFigure::bound);
  }
};

// Measures with one pool and one class. Not for threads.
class KernelBench {
 public:
  // Measures the ceilings. REQUIRES: the machine has the class.
  KernelBench(CpuIsa isa, ThreadPool& pool);

  const Ceilings& ceilings() const { return ceilings_; }
  // Against a peak that is measured before and after the kernel: the greater of the two.
  // REQUIRES: the kernel supports the problem.
  KernelFigure measure(const Kernel& kernel, const BenchProblem& problem);
  // Every kernel of the op that supports it; references only where they are the only one.
  std::vector<KernelFigure> measure_all(const BenchProblem& problem);

 private:
  double read_rate(double bytes);
  double arithmetic_rate(const Cost& cost);

  Target target_;
  ThreadPool& pool_;
  Ceilings ceilings_;
  std::map<int, double> read_rates_;  // by the logarithm of the working set
};

}  // namespace lathe::kernels
