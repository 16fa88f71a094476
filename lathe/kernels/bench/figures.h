// SPDX-License-Identifier: Apache-2.0
// A kernel's time on a problem beside what the machine could do at best: the rows of
// `lathe bench kernels`.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "lathe/base/quiet_rounds.h"
#include "lathe/kernels/bench/ceilings.h"
#include "lathe/kernels/bench/cost.h"
#include "lathe/kernels/bench/problem_file.h"
#include "lathe/kernels/bench/time_kernel.h"

namespace lathe::kernels {

struct KernelFigure {
  std::string op;
  std::string kernel;
  std::string problem;
  double us = 0;           // median of a call
  double bytes = 0;        // that have to be moved once
  double flops = 0;        // of the products; of codes: integer operations
  double ceiling_us = 0;   // the greater of reading the bytes and doing the flops
  double share = 0;        // ceiling_us / us
  std::string bound;       // "memory", "fma" or "codes": which of them it is
  bool contended = false;  // others took the cores whenever it was measured: not to be believed
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
    v("contended", &KernelFigure::contended);
  }
};

// What a call that took so long is to be judged by: all but the names. A call that was not timed,
// of 0 us, has no share.
KernelFigure figure_of(const Cost& cost, const Ceilings& ceilings, double us);

// Measures with one pool and one class. Whatever others disturbed, kernel or ceiling, is measured
// again by `rounds`. Not for threads.
class KernelBench {
 public:
  // REQUIRES: the machine has the class; `rounds` outlives it.
  KernelBench(CpuIsa isa, ThreadPool& pool, QuietRounds& rounds);

  // Measured when they are first asked for.
  const Ceilings& ceilings();
  // Against a peak that is measured before and after the kernel: the greater of the two. Contended
  // where the kernel, its peak or the read rate was. REQUIRES: the kernel supports the problem.
  KernelFigure measure(const Kernel& kernel, const BenchProblem& problem);
  // Every kernel of the op that supports it; references only where they are the only one.
  std::vector<KernelFigure> measure_all(const BenchProblem& problem);

 private:
  struct Timed {
    double seconds;
    double peak;
  };
  Timed time(const Kernel& kernel, const BenchProblem& problem, const Cost& cost);
  Round<double> read_rate(double bytes);
  double arithmetic_rate(const Cost& cost);

  Target target_;
  ThreadPool& pool_;
  QuietRounds& rounds_;
  std::optional<Ceilings> ceilings_;
  std::map<int, double> read_rates_;  // quiet ones, by the logarithm of the working set
};

}  // namespace lathe::kernels
