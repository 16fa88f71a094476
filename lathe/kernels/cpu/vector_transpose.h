// SPDX-License-Identifier: Apache-2.0
// Sixteen vectors of sixteen, rows turned into columns.
#pragma once

#include "lathe/kernels/cpu/vector.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

#ifdef __AVX512F__

// Pairs, fours, then whole 128-bit lanes trade places.
inline void transpose(F32x16 (&rows)[16]) {
  __m512 pairs[16], fours[16];
  for (int i = 0; i < 16; i += 2) {
    pairs[i] = _mm512_unpacklo_ps(rows[i].v, rows[i + 1].v);
    pairs[i + 1] = _mm512_unpackhi_ps(rows[i].v, rows[i + 1].v);
  }
  for (int i = 0; i < 16; i += 4) {
    fours[i] = _mm512_shuffle_ps(pairs[i], pairs[i + 2], 0x44);
    fours[i + 1] = _mm512_shuffle_ps(pairs[i], pairs[i + 2], 0xee);
    fours[i + 2] = _mm512_shuffle_ps(pairs[i + 1], pairs[i + 3], 0x44);
    fours[i + 3] = _mm512_shuffle_ps(pairs[i + 1], pairs[i + 3], 0xee);
  }
  for (int i = 0; i < 4; ++i) {
    const __m512 even_low = _mm512_shuffle_f32x4(fours[i], fours[i + 4], 0x88);
    const __m512 odd_low = _mm512_shuffle_f32x4(fours[i], fours[i + 4], 0xdd);
    const __m512 even_high = _mm512_shuffle_f32x4(fours[i + 8], fours[i + 12], 0x88);
    const __m512 odd_high = _mm512_shuffle_f32x4(fours[i + 8], fours[i + 12], 0xdd);
    rows[i].v = _mm512_shuffle_f32x4(even_low, even_high, 0x88);
    rows[i + 4].v = _mm512_shuffle_f32x4(odd_low, odd_high, 0x88);
    rows[i + 8].v = _mm512_shuffle_f32x4(even_low, even_high, 0xdd);
    rows[i + 12].v = _mm512_shuffle_f32x4(odd_low, odd_high, 0xdd);
  }
}

#else

inline void transpose_eight(__m256 (&rows)[8]) {
  __m256 pairs[8], fours[8];
  for (int i = 0; i < 8; i += 2) {
    pairs[i] = _mm256_unpacklo_ps(rows[i], rows[i + 1]);
    pairs[i + 1] = _mm256_unpackhi_ps(rows[i], rows[i + 1]);
  }
  for (int i = 0; i < 8; i += 4) {
    fours[i] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], 0x44);
    fours[i + 1] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], 0xee);
    fours[i + 2] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], 0x44);
    fours[i + 3] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], 0xee);
  }
  for (int i = 0; i < 4; ++i) {
    rows[i] = _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x20);
    rows[i + 4] = _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x31);
  }
}

// By quarters of 8 x 8; the two off the diagonal trade places.
inline void transpose(F32x16 (&rows)[16]) {
  __m256 top_left[8], top_right[8], bottom_left[8], bottom_right[8];
  for (int i = 0; i < 8; ++i) {
    top_left[i] = rows[i].v.low;
    top_right[i] = rows[i].v.high;
    bottom_left[i] = rows[i + 8].v.low;
    bottom_right[i] = rows[i + 8].v.high;
  }
  transpose_eight(top_left);
  transpose_eight(top_right);
  transpose_eight(bottom_left);
  transpose_eight(bottom_right);
  for (int i = 0; i < 8; ++i) {
    rows[i].v = {top_left[i], bottom_left[i]};
    rows[i + 8].v = {top_right[i], bottom_right[i]};
  }
}

#endif

}  // namespace
}  // namespace lathe::kernels
