// SPDX-License-Identifier: Apache-2.0
// Sixteen lanes on AVX2, as two registers. simd_avx512.h has the same members on one: a body
// written against either computes the same bits, lane by lane.
//
// Unnamed namespace: a file compiled for one ISA class must not lend its instances to another's.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace lathe::kernels {
namespace {

struct Avx2 {
  struct Floats {
    __m256 low, high;
  };
  struct Ints {
    __m256i low, high;
  };

  static Floats zero() { return {_mm256_setzero_ps(), _mm256_setzero_ps()}; }
  static Floats all(float value) { return {_mm256_set1_ps(value), _mm256_set1_ps(value)}; }
  static Floats load(const float* from) {
    return {_mm256_loadu_ps(from), _mm256_loadu_ps(from + 8)};
  }
  static void store(float* to, Floats v) {
    _mm256_storeu_ps(to, v.low);
    _mm256_storeu_ps(to + 8, v.high);
  }
  static Floats load_half(const std::byte* from) {
    const auto* halves = reinterpret_cast<const __m128i*>(from);
    return {_mm256_cvtph_ps(_mm_loadu_si128(halves)), _mm256_cvtph_ps(_mm_loadu_si128(halves + 1))};
  }
  static Floats add(Floats a, Floats b) {
    return {_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)};
  }
  static Floats multiply(Floats a, Floats b) {
    return {_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)};
  }
  static Floats divide(Floats a, Floats b) {
    return {_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high)};
  }
  // a * b + c, rounded once
  static Floats fma(Floats a, Floats b, Floats c) {
    return {_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
  }
  // Of a number and a NaN: b.
  static Floats max(Floats a, Floats b) {
    return {_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)};
  }
  static Floats min(Floats a, Floats b) {
    return {_mm256_min_ps(a.low, b.low), _mm256_min_ps(a.high, b.high)};
  }
  // v * 2^n, rounded once, for v near 1 and whole n from -252 to 252: in two halves, for 2^n may be
  // beyond the exponents of floats where the result is not.
  static Floats times_power_of_two(Floats v, Floats n) {
    return {times_power_of_two(v.low, n.low), times_power_of_two(v.high, n.high)};
  }
  static __m256 times_power_of_two(__m256 v, __m256 n) {
    const auto power = [](__m256i whole) {
      return _mm256_castsi256_ps(
          _mm256_slli_epi32(_mm256_add_epi32(whole, _mm256_set1_epi32(127)), 23));
    };
    const __m256i whole = _mm256_cvtps_epi32(n);
    const __m256i half = _mm256_srai_epi32(whole, 1);
    return _mm256_mul_ps(_mm256_mul_ps(v, power(half)), power(_mm256_sub_epi32(whole, half)));
  }
  static Floats to_floats(Ints v) {
    return {_mm256_cvtepi32_ps(v.low), _mm256_cvtepi32_ps(v.high)};
  }
  static Ints to_ints(Floats v) {  // to nearest even
    return {_mm256_cvtps_epi32(v.low), _mm256_cvtps_epi32(v.high)};
  }
  static Floats as_floats(Ints v) {
    return {_mm256_castsi256_ps(v.low), _mm256_castsi256_ps(v.high)};
  }

  static Ints zero_ints() { return {_mm256_setzero_si256(), _mm256_setzero_si256()}; }
  static Ints all_ints(int32_t value) {
    return {_mm256_set1_epi32(value), _mm256_set1_epi32(value)};
  }
  static Ints load_ints(const std::byte* from) {
    const auto* vectors = reinterpret_cast<const __m256i*>(from);
    return {_mm256_loadu_si256(vectors), _mm256_loadu_si256(vectors + 1)};
  }
  static Ints add_ints(Ints a, Ints b) {
    return {_mm256_add_epi32(a.low, b.low), _mm256_add_epi32(a.high, b.high)};
  }
  static Ints bit_and(Ints a, Ints b) {
    return {_mm256_and_si256(a.low, b.low), _mm256_and_si256(a.high, b.high)};
  }
  static Ints bit_xor(Ints a, Ints b) {
    return {_mm256_xor_si256(a.low, b.low), _mm256_xor_si256(a.high, b.high)};
  }
  template <int kBits>
  static Ints shift_left(Ints v) {
    return {_mm256_slli_epi32(v.low, kBits), _mm256_slli_epi32(v.high, kBits)};
  }
  template <int kBits>
  static Ints shift_right(Ints v) {
    return {_mm256_srli_epi32(v.low, kBits), _mm256_srli_epi32(v.high, kBits)};
  }
  static Ints add_words(Ints a, Ints b) {
    return {_mm256_add_epi16(a.low, b.low), _mm256_add_epi16(a.high, b.high)};
  }
  // Neighbours of unsigned times signed bytes, summed to 16 bits. REQUIRES: the sums fit.
  static Ints multiply_bytes(Ints a_unsigned, Ints b) {
    return {_mm256_maddubs_epi16(a_unsigned.low, b.low),
            _mm256_maddubs_epi16(a_unsigned.high, b.high)};
  }
  // Neighbouring words summed to 32 bits.
  static Ints sum_words(Ints v) {
    const __m256i ones = _mm256_set1_epi16(1);
    return {_mm256_madd_epi16(v.low, ones), _mm256_madd_epi16(v.high, ones)};
  }
  static Ints magnitude_bytes(Ints v) { return {_mm256_abs_epi8(v.low), _mm256_abs_epi8(v.high)}; }
  // b with its sign turned where a is negative; REQUIRES: b > -128. Anything where a is 0.
  static Ints signed_like(Ints a, Ints b) {
    return {_mm256_sign_epi8(b.low, a.low), _mm256_sign_epi8(b.high, a.high)};
  }

  // Floats beside sums and products.
  static Floats subtract(Floats a, Floats b) {
    return {_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)};
  }
  static Floats square_root(Floats v) { return {_mm256_sqrt_ps(v.low), _mm256_sqrt_ps(v.high)}; }
  static Floats round_even(Floats v) { return rounded<_MM_FROUND_TO_NEAREST_INT>(v); }
  static Floats round_down(Floats v) { return rounded<_MM_FROUND_TO_NEG_INF>(v); }
  static Floats round_up(Floats v) { return rounded<_MM_FROUND_TO_POS_INF>(v); }
  static Floats round_to_half(Floats v) {  // and back
    return {_mm256_cvtph_ps(_mm256_cvtps_ph(v.low, _MM_FROUND_TO_NEAREST_INT)),
            _mm256_cvtph_ps(_mm256_cvtps_ph(v.high, _MM_FROUND_TO_NEAREST_INT))};
  }

  // Masks: lanes of all ones or all zeros. NaN is unequal to everything.
  static Floats equal(Floats a, Floats b) { return compared<_CMP_EQ_OQ>(a, b); }
  static Floats not_equal(Floats a, Floats b) { return compared<_CMP_NEQ_UQ>(a, b); }
  static Floats less(Floats a, Floats b) { return compared<_CMP_LT_OQ>(a, b); }
  static Floats less_equal(Floats a, Floats b) { return compared<_CMP_LE_OQ>(a, b); }
  static Floats select(Floats mask, Floats a, Floats b) {  // mask ? a : b
    return {_mm256_blendv_ps(b.low, a.low, mask.low), _mm256_blendv_ps(b.high, a.high, mask.high)};
  }

  static Ints as_ints(Floats v) {
    return {_mm256_castps_si256(v.low), _mm256_castps_si256(v.high)};
  }
  static Ints bit_or(Ints a, Ints b) {
    return {_mm256_or_si256(a.low, b.low), _mm256_or_si256(a.high, b.high)};
  }
  static Ints subtract_ints(Ints a, Ints b) {
    return {_mm256_sub_epi32(a.low, b.low), _mm256_sub_epi32(a.high, b.high)};
  }
  template <int kBits>
  static Ints shift_right_signed(Ints v) {
    return {_mm256_srai_epi32(v.low, kBits), _mm256_srai_epi32(v.high, kBits)};
  }

  template <int kMode>
  static Floats rounded(Floats v) {
    return {_mm256_round_ps(v.low, kMode | _MM_FROUND_NO_EXC),
            _mm256_round_ps(v.high, kMode | _MM_FROUND_NO_EXC)};
  }
  template <int kPredicate>
  static Floats compared(Floats a, Floats b) {
    return {_mm256_cmp_ps(a.low, b.low, kPredicate), _mm256_cmp_ps(a.high, b.high, kPredicate)};
  }
};

}  // namespace
}  // namespace lathe::kernels
