// SPDX-License-Identifier: Apache-2.0
// Sixteen vectors of sixteen, rows turned into columns.
#pragma once

#include "lathe/kernels/cpu/unroll.h"
#include "lathe/kernels/cpu/vector.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

#ifdef __AVX512F__

// Pairs, fours, then whole 128-bit lanes trade places.
[[gnu::always_inline]] inline void transpose(F32x16 (&rows)[16]) {
  __m512 pairs[16], fours[16];
  unroll<8>([&](auto i) __attribute__((always_inline)) {
    pairs[2 * i] = _mm512_unpacklo_ps(rows[2 * i].v, rows[2 * i + 1].v);
    pairs[2 * i + 1] = _mm512_unpackhi_ps(rows[2 * i].v, rows[2 * i + 1].v);
  });
  unroll<4>([&](auto j) __attribute__((always_inline)) {
    constexpr int kFirst = 4 * j;
    fours[kFirst] = _mm512_shuffle_ps(pairs[kFirst], pairs[kFirst + 2], 0x44);
    fours[kFirst + 1] = _mm512_shuffle_ps(pairs[kFirst], pairs[kFirst + 2], 0xee);
    fours[kFirst + 2] = _mm512_shuffle_ps(pairs[kFirst + 1], pairs[kFirst + 3], 0x44);
    fours[kFirst + 3] = _mm512_shuffle_ps(pairs[kFirst + 1], pairs[kFirst + 3], 0xee);
  });
  unroll<4>([&](auto i) __attribute__((always_inline)) {
    const __m512 even_low = _mm512_shuffle_f32x4(fours[i], fours[i + 4], 0x88);
    const __m512 odd_low = _mm512_shuffle_f32x4(fours[i], fours[i + 4], 0xdd);
    const __m512 even_high = _mm512_shuffle_f32x4(fours[i + 8], fours[i + 12], 0x88);
    const __m512 odd_high = _mm512_shuffle_f32x4(fours[i + 8], fours[i + 12], 0xdd);
    rows[i].v = _mm512_shuffle_f32x4(even_low, even_high, 0x88);
    rows[i + 4].v = _mm512_shuffle_f32x4(odd_low, odd_high, 0x88);
    rows[i + 8].v = _mm512_shuffle_f32x4(even_low, even_high, 0xdd);
    rows[i + 12].v = _mm512_shuffle_f32x4(odd_low, odd_high, 0xdd);
  });
}

#else

[[gnu::always_inline]] inline void transpose_eight(__m256 (&rows)[8]) {
  __m256 pairs[8], fours[8];
  unroll<4>([&](auto i) __attribute__((always_inline)) {
    pairs[2 * i] = _mm256_unpacklo_ps(rows[2 * i], rows[2 * i + 1]);
    pairs[2 * i + 1] = _mm256_unpackhi_ps(rows[2 * i], rows[2 * i + 1]);
  });
  unroll<2>([&](auto j) __attribute__((always_inline)) {
    constexpr int kFirst = 4 * j;
    fours[kFirst] = _mm256_shuffle_ps(pairs[kFirst], pairs[kFirst + 2], 0x44);
    fours[kFirst + 1] = _mm256_shuffle_ps(pairs[kFirst], pairs[kFirst + 2], 0xee);
    fours[kFirst + 2] = _mm256_shuffle_ps(pairs[kFirst + 1], pairs[kFirst + 3], 0x44);
    fours[kFirst + 3] = _mm256_shuffle_ps(pairs[kFirst + 1], pairs[kFirst + 3], 0xee);
  });
  unroll<4>([&](auto i) __attribute__((always_inline)) {
    rows[i] = _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x20);
    rows[i + 4] = _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x31);
  });
}

// By quarters of 8 x 8, one after the other: there are no registers for more. The two off the
// diagonal trade places.
[[gnu::always_inline]] inline void transpose(F32x16 (&rows)[16]) {
  F32x16 out[16];
  unroll<4>([&](auto quarter) __attribute__((always_inline)) {
    constexpr int kTop = quarter / 2 * 8;
    constexpr bool kLeft = quarter % 2 == 0;
    __m256 eight[8];
    unroll<8>([&](auto i) __attribute__((always_inline)) {
      eight[i] = kLeft ? rows[kTop + i].v.low : rows[kTop + i].v.high;
    });
    transpose_eight(eight);
    unroll<8>([&](auto i) __attribute__((always_inline)) {
      F32x16& row = out[(kLeft ? 0 : 8) + i];
      (kTop == 0 ? row.v.low : row.v.high) = eight[i];
    });
  });
  unroll<16>([&](auto i) __attribute__((always_inline)) { rows[i] = out[i]; });
}

#endif

}  // namespace
}  // namespace lathe::kernels
