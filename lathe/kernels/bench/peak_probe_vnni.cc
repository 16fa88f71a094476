// SPDX-License-Identifier: Apache-2.0
#include <immintrin.h>

#include "lathe/kernels/bench/ceilings.h"
#include "lathe/kernels/cpu/unroll.h"

namespace lathe::kernels {

double code_probe_vnni(int64_t rounds, float& sink) {
  constexpr int kChains = 12;
  __m512i sums[kChains];
  unroll<kChains>([&](auto i)
                      __attribute__((always_inline)) { sums[i] = _mm512_set1_epi32(i + 1); });
  const __m512i a = _mm512_set1_epi32(0x01020304 + static_cast<int>(sink));
  for (int64_t round = 0; round < rounds; ++round) {
    unroll<kChains>([&](auto i) __attribute__((always_inline)) {
      sums[i] = _mm512_dpbusd_epi32(sums[i], a, a);
    });
  }
  unroll<kChains>([&](auto i) __attribute__((always_inline)) {
    sink += static_cast<float>(_mm512_reduce_add_epi32(sums[i]) & 1);
  });
  return static_cast<double>(rounds) * kChains * 64 * 2;
}

}  // namespace lathe::kernels
