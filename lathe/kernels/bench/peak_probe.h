// SPDX-License-Identifier: Apache-2.0
// The bodies of the peak probes: as many independent chains as hide the latency.
#pragma once

#include "lathe/kernels/bench/ceilings.h"
#include "lathe/kernels/cpu/unroll.h"
#include "lathe/kernels/cpu/vector.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

#ifdef __AVX512F__
inline constexpr int kChains = 12;
#else
inline constexpr int kChains = 5;  // of two registers each
#endif

inline double fma_probe(int64_t rounds, float& sink) {
  F32x16 sums[kChains];
  unroll<kChains>([&](auto i) __attribute__((always_inline)) {
    sums[i] = broadcast(static_cast<float>(i));  // equal chains would be made one
  });
  const F32x16 a = broadcast(sink + 0.5f), b = broadcast(1.0f);
  for (int64_t round = 0; round < rounds; ++round) {
    unroll<kChains>([&](auto i) __attribute__((always_inline)) { sums[i] = fma(sums[i], a, b); });
  }
  unroll<kChains>([&](auto i) __attribute__((always_inline)) { sink += fold_sum(sums[i]); });
  return static_cast<double>(rounds) * kChains * kVector * 2;
}

// Products of neighbouring bytes, added in 16 bits: what codes of 4 bits need at least.
inline double code_probe(int64_t rounds, float& sink) {
  Simd::Ints sums[kChains];
  unroll<kChains>([&](auto i) __attribute__((always_inline)) { sums[i] = Simd::all_ints(i + 1); });
  const Simd::Ints a = Simd::all_ints(0x01020304);
  for (int64_t round = 0; round < rounds; ++round) {
    unroll<kChains>([&](auto i) __attribute__((always_inline)) {
      sums[i] = Simd::add_words(sums[i], Simd::multiply_bytes(sums[i], a));
    });
  }
  unroll<kChains>([&](auto i) __attribute__((always_inline)) {
    sink += fold_sum({Simd::to_floats(sums[i])});
  });
  return static_cast<double>(rounds) * kChains * kVector * 4 * 2;
}

}  // namespace
}  // namespace lathe::kernels
