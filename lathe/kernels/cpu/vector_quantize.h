// SPDX-License-Identifier: Apache-2.0
// One block of the quantize op, sixteen values at a time: the bits of cpu/quantize_block.h.
#pragma once

#include <cmath>

#include "lathe/kernels/cpu/vector.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

// Greater of |a| and b by their bits as integers: a NaN wins. REQUIRES: b >= 0.
inline F32x16 max_magnitude(F32x16 a, F32x16 b) {
  const auto greater = [](__m256 x, __m256 y) {
    return _mm256_castsi256_ps(_mm256_max_epi32(_mm256_castps_si256(x), _mm256_castps_si256(y)));
  };
  const F32x16 magnitude = absolute(a);
  return {joined(greater(low_half(magnitude.v), low_half(b.v)),
                 greater(high_half(magnitude.v), high_half(b.v)))};
}

inline float greatest_magnitude(const float* x, int64_t count) {
  F32x16 greatest = zeros();
  for (int64_t i = 0; i < count; i += kVector) {
    greatest = max_magnitude(load(x + i, count - i), greatest);
  }
  // As integers, so that a NaN wins among the lanes too.
  float lanes[kVector];
  store(lanes, greatest);
  int32_t bits = 0;
  for (const float lane : lanes) bits = std::max(bits, std::bit_cast<int32_t>(lane));
  return std::bit_cast<float>(bits);
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

}  // namespace
}  // namespace lathe::kernels
