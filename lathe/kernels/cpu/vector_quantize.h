// SPDX-License-Identifier: Apache-2.0
// One block of the quantize op, sixteen values at a time: the bits of cpu/quantize_block.h.
#pragma once

#include <cmath>

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

inline float greatest_magnitude(const float* x, int64_t count) {
  __m256i eight = _mm256_setzero_si256();
  for (int64_t i = 0; i < count; i += kVector) {
    const F32x16 value = load(x + i, count - i);
    eight = max_magnitude(low_half(value.v), max_magnitude(high_half(value.v), eight));
  }
  return fold_magnitude(eight);
}

inline float quantize_vectors(const float* x, int64_t count, int8_t* codes) {
  const float scale = greatest_magnitude(x, count) / 127.0f;
  const bool codable = std::isfinite(scale) && scale > 0;
  for (int64_t i = 0; i < count; i += kVector) {
    F32x16 code = zeros();
    if (codable) code = round(load(x + i, count - i) / broadcast(scale));
    code = max(broadcast(-127), min(broadcast(127), code));
    store(codes + i, code, count - i);
  }
  return scale;
}

// x / scale, rounded once, without a division: the product with the rounded reciprocal is off by
// little, and its exact rest mends it (Markstein 1990). REQUIRES: quotients are at most 127, or are
// off where they round to 0 in any case; scale >= kLeastDivisor, so that no rest underflows.
inline constexpr float kLeastDivisor = 0x1p-100f;
inline F32x16 divided(F32x16 x, F32x16 scale, F32x16 reciprocal) {
  const F32x16 quotient = x * reciprocal;
  const F32x16 rest = fma(zeros() - quotient, scale, x);
  return fma(rest, reciprocal, quotient);
}

// The usual block, whose values stay in registers.
inline float quantize_32(F32x16 first, F32x16 second, int8_t* codes) {
  const __m256i eight = max_magnitude(
      low_half(first.v),
      max_magnitude(high_half(first.v),
                    max_magnitude(low_half(second.v),
                                  max_magnitude(high_half(second.v), _mm256_setzero_si256()))));
  const float scale = fold_magnitude(eight) / 127.0f;
  if (!(scale >= kLeastDivisor) || !std::isfinite(scale)) {
    float values[2 * kVector];
    store(values, first);
    store(values + kVector, second);
    return quantize_vectors(values, 2 * kVector, codes);
  }
  const F32x16 by = broadcast(scale), reciprocal = broadcast(1.0f / scale);
  store(codes, round(divided(first, by, reciprocal)));
  store(codes + kVector, round(divided(second, by, reciprocal)));
  return scale;
}

}  // namespace
}  // namespace lathe::kernels
