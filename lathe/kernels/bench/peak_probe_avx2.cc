// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/bench/peak_probe.h"

namespace lathe::kernels {

double fma_probe_avx2(int64_t rounds, float& sink) { return fma_probe(rounds, sink); }
double code_probe_avx2(int64_t rounds, float& sink) { return code_probe(rounds, sink); }

}  // namespace lathe::kernels
