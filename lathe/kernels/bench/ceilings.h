// SPDX-License-Identifier: Apache-2.0
// What this machine can do at most, measured: what kernels' figures are shares of.
#pragma once

#include "lathe/base/fields.h"
#include "lathe/base/thread_pool.h"
#include "lathe/kernels/target.h"

namespace lathe::kernels {

struct Ceilings {
  double fma_flops_per_s = 0;   // f32 multiply-adds in registers, two flops each, all threads
  double code_ops_per_s = 0;    // 8-bit multiply-adds in registers, two operations each
  double read_bytes_per_s = 0;  // reading memory that no cache holds
  template <class V>
  static void fields(V&& v) {
    v("fma_flops_per_s", &Ceilings::fma_flops_per_s);
    v("code_ops_per_s", &Ceilings::code_ops_per_s);
    v("read_bytes_per_s", &Ceilings::read_bytes_per_s);
  }
};

// What plans for a GPU are judged by where none is there to measure: nominal, but for the read
// rate, which is that of a plain read of 1 GiB on an H100 (bench/results/h100).
inline constexpr Ceilings kNominalHopper = {
    .fma_flops_per_s = 8e14, .code_ops_per_s = 8e14, .read_bytes_per_s = 3.09e12};

// One or two seconds. REQUIRES: the machine has the class.
Ceilings measure_ceilings(CpuIsa isa, ThreadPool& pool);

// The arithmetic ones alone, some 10 ms each: a core's clock changes from one second to the next.
double measure_fma_rate(CpuIsa isa, ThreadPool& pool);
double measure_code_rate(CpuIsa isa, ThreadPool& pool);

// Reading `working_set` bytes in huge pages again and again, all threads: the best of several ways
// to read (read_probe.h), each the median of some passes.
double measure_read_rate(int64_t working_set, ThreadPool& pool);

// One thread's share of a probe: so many rounds of independent multiply-adds; gives the operations
// done. One a class; the result is added to `sink`, so that the work is not left out.
using PeakProbe = double (*)(int64_t rounds, float& sink);
double fma_probe_avx2(int64_t rounds, float& sink);
double fma_probe_avx512(int64_t rounds, float& sink);
double code_probe_avx2(int64_t rounds, float& sink);
double code_probe_avx512(int64_t rounds, float& sink);
double code_probe_vnni(int64_t rounds, float& sink);

}  // namespace lathe::kernels
