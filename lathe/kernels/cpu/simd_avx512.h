// SPDX-License-Identifier: Apache-2.0
// Sixteen lanes on AVX-512; see simd_avx2.h for what the members promise. Empty in files that are
// compiled without AVX-512.
#pragma once

#ifdef __AVX512F__

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace lathe::kernels {
namespace {

struct Avx512 {
  using Floats = __m512;
  using Ints = __m512i;

  static Floats zero() { return _mm512_setzero_ps(); }
  static Floats all(float value) { return _mm512_set1_ps(value); }
  static Floats load(const float* from) { return _mm512_loadu_ps(from); }
  static void store(float* to, Floats v) { _mm512_storeu_ps(to, v); }
  static Floats load_half(const std::byte* from) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
  }
  static Floats add(Floats a, Floats b) { return _mm512_add_ps(a, b); }
  static Floats multiply(Floats a, Floats b) { return _mm512_mul_ps(a, b); }
  static Floats divide(Floats a, Floats b) { return _mm512_div_ps(a, b); }
  static Floats fma(Floats a, Floats b, Floats c) { return _mm512_fmadd_ps(a, b, c); }
  static Floats max(Floats a, Floats b) { return _mm512_max_ps(a, b); }
  static Floats min(Floats a, Floats b) { return _mm512_min_ps(a, b); }
  static Floats times_power_of_two(Floats v, Floats n) { return _mm512_scalef_ps(v, n); }
  static Floats to_floats(Ints v) { return _mm512_cvtepi32_ps(v); }
  static Ints to_ints(Floats v) { return _mm512_cvtps_epi32(v); }
  static Floats as_floats(Ints v) { return _mm512_castsi512_ps(v); }

  static Ints zero_ints() { return _mm512_setzero_si512(); }
  static Ints all_ints(int32_t value) { return _mm512_set1_epi32(value); }
  static Ints load_ints(const std::byte* from) { return _mm512_loadu_si512(from); }
  static Ints add_ints(Ints a, Ints b) { return _mm512_add_epi32(a, b); }
  static Ints bit_and(Ints a, Ints b) { return _mm512_and_si512(a, b); }
  static Ints bit_xor(Ints a, Ints b) { return _mm512_xor_si512(a, b); }
  template <int kBits>
  static Ints shift_left(Ints v) {
    return _mm512_slli_epi32(v, kBits);
  }
  template <int kBits>
  static Ints shift_right(Ints v) {
    return _mm512_srli_epi32(v, kBits);
  }
  static Ints add_words(Ints a, Ints b) { return _mm512_add_epi16(a, b); }
  static Ints multiply_bytes(Ints a_unsigned, Ints b) {
    return _mm512_maddubs_epi16(a_unsigned, b);
  }
  static Ints sum_words(Ints v) { return _mm512_madd_epi16(v, _mm512_set1_epi16(1)); }
  static Ints magnitude_bytes(Ints v) { return _mm512_abs_epi8(v); }
  static Ints signed_like(Ints a, Ints b) {
    return _mm512_mask_sub_epi8(b, _mm512_movepi8_mask(a), _mm512_setzero_si512(), b);
  }

  static Floats subtract(Floats a, Floats b) { return _mm512_sub_ps(a, b); }
  static Floats square_root(Floats v) { return _mm512_sqrt_ps(v); }
  static Floats round_even(Floats v) { return rounded<_MM_FROUND_TO_NEAREST_INT>(v); }
  static Floats round_down(Floats v) { return rounded<_MM_FROUND_TO_NEG_INF>(v); }
  static Floats round_up(Floats v) { return rounded<_MM_FROUND_TO_POS_INF>(v); }
  static Floats round_to_half(Floats v) {
    return _mm512_cvtph_ps(_mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT));
  }

  static Floats equal(Floats a, Floats b) { return compared<_CMP_EQ_OQ>(a, b); }
  static Floats not_equal(Floats a, Floats b) { return compared<_CMP_NEQ_UQ>(a, b); }
  static Floats less(Floats a, Floats b) { return compared<_CMP_LT_OQ>(a, b); }
  static Floats less_equal(Floats a, Floats b) { return compared<_CMP_LE_OQ>(a, b); }
  static Floats select(Floats mask, Floats a, Floats b) {
    return _mm512_mask_blend_ps(_mm512_movepi32_mask(as_ints(mask)), b, a);
  }

  static Ints as_ints(Floats v) { return _mm512_castps_si512(v); }
  static Ints bit_or(Ints a, Ints b) { return _mm512_or_si512(a, b); }
  static Ints subtract_ints(Ints a, Ints b) { return _mm512_sub_epi32(a, b); }
  template <int kBits>
  static Ints shift_right_signed(Ints v) {
    return _mm512_srai_epi32(v, kBits);
  }

  template <int kMode>
  static Floats rounded(Floats v) {
    return _mm512_roundscale_ps(v, kMode | _MM_FROUND_NO_EXC);
  }
  template <int kPredicate>
  static Floats compared(Floats a, Floats b) {
    return as_floats(_mm512_movm_epi32(_mm512_cmp_ps_mask(a, b, kPredicate)));
  }
};

}  // namespace
}  // namespace lathe::kernels

#endif  // __AVX512F__
