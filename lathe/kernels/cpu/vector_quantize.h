// SPDX-License-Identifier: Apache-2.0
// One block of the quantize op, sixteen values at a time: the bits of cpu/quantize_block.h.
#pragma once

#include "lathe/kernels/cpu/quantize_block.h"
#include "lathe/kernels/cpu/vector.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

// Greater of |a| and b by their bits as integers: a NaN wins. REQUIRES: b >= 0.
inline __m256i max_magnitude(__m256 a, __m256i b) {
  return _mm256_max_epi32(_mm256_and_si256(_mm256_castps_si256(a), _mm256_set1_epi32(0x7fffffff)),
                          b);
}

inline float fold_magnitude(__m256i eight) {
  __m128i four = _mm_max_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
  four = _mm_max_epi32(four, _mm_shuffle_epi32(four, 0x4e));
  four = _mm_max_epi32(four, _mm_shuffle_epi32(four, 0xb1));
  return std::bit_cast<float>(_mm_cvtsi128_si32(four));
}

// The usual block, whose values stay in registers.
inline float quantize_32(F32x16 first, F32x16 second, int8_t* codes) {
  const __m256i eight = max_magnitude(
      low_half(first.v),
      max_magnitude(high_half(first.v),
                    max_magnitude(low_half(second.v),
                                  max_magnitude(high_half(second.v), _mm256_setzero_si256()))));
  const float scale = fold_magnitude(eight) / 127.0f;
  const float factor = quantize_factor(scale);
  // Infinities and NaNs times 0 are no codes.
  const F32x16 times = broadcast(factor);
  store(codes, factor == 0 ? zeros() : round(first * times));
  store(codes + kVector, factor == 0 ? zeros() : round(second * times));
  return scale;
}

inline float greatest_magnitude(const float* x, int64_t count) {
  __m256i eight = _mm256_setzero_si256();
  for (int64_t i = 0; i < count; i += kVector) {
    const F32x16 value = load(x + i, count - i);
    eight = max_magnitude(low_half(value.v), max_magnitude(high_half(value.v), eight));
  }
  return fold_magnitude(eight);
}

inline float quantize_vectors(const float* x, int64_t count, int8_t* codes) {
  if (count == 2 * kVector) return quantize_32(load(x), load(x + kVector), codes);
  const float scale = greatest_magnitude(x, count) / 127.0f;
  const float factor = quantize_factor(scale);
  for (int64_t i = 0; i < count; i += kVector) {
    F32x16 code = zeros();
    if (factor != 0) code = round(load(x + i, count - i) * broadcast(factor));
    store(codes + i, code, count - i);
  }
  return scale;
}

}  // namespace
}  // namespace lathe::kernels
