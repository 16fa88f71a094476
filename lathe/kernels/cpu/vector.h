// SPDX-License-Identifier: Apache-2.0
// Sixteen floats side by side: one AVX-512 register, or two AVX2 registers. Kernel bodies are
// written once in terms of it and compiled once a class, by x_avx2.cc and x_avx512.cc; as every
// lane does the same in both, so do the bits (kernels/README.md).
//
// Included by such files and headers of bodies alone. All is in an anonymous namespace: the same
// names mean different code in different files, and the linker must not merge them.
#pragma once

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "lathe/base/float16.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

inline constexpr int64_t kVector = 16;

#ifdef __AVX512F__

struct F32x16 {
  __m512 v;
};

inline F32x16 broadcast(float x) { return {_mm512_set1_ps(x)}; }
inline F32x16 operator+(F32x16 a, F32x16 b) { return {_mm512_add_ps(a.v, b.v)}; }
inline F32x16 operator-(F32x16 a, F32x16 b) { return {_mm512_sub_ps(a.v, b.v)}; }
inline F32x16 operator*(F32x16 a, F32x16 b) { return {_mm512_mul_ps(a.v, b.v)}; }
inline F32x16 operator/(F32x16 a, F32x16 b) { return {_mm512_div_ps(a.v, b.v)}; }
inline F32x16 fma(F32x16 a, F32x16 b, F32x16 c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
// As the instruction: b where one is NaN.
inline F32x16 max(F32x16 a, F32x16 b) { return {_mm512_max_ps(a.v, b.v)}; }
inline F32x16 min(F32x16 a, F32x16 b) { return {_mm512_min_ps(a.v, b.v)}; }
inline F32x16 round(F32x16 a) { return {_mm512_roundscale_ps(a.v, 0)}; }  // to nearest even
// a < b ? yes : no
inline F32x16 if_less(F32x16 a, F32x16 b, F32x16 yes, F32x16 no) {
  return {_mm512_mask_blend_ps(_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ), no.v, yes.v)};
}
inline F32x16 absolute(F32x16 a) { return {_mm512_abs_ps(a.v)}; }
inline F32x16 with_sign_of(F32x16 magnitude, F32x16 sign) {
  const __m512i bits = _mm512_set1_epi32(INT32_MIN);
  return {_mm512_castsi512_ps(_mm512_ternarylogic_epi32(bits, _mm512_castps_si512(sign.v),
                                                        _mm512_castps_si512(magnitude.v), 0xca))};
}
// a * 2^n for whole n in [-252, 252], rounded once.
inline F32x16 times_power_of_2(F32x16 a, F32x16 n) { return {_mm512_scalef_ps(a.v, n.v)}; }
// Neighbours 2i and 2i + 1 swapped.
inline F32x16 swap_pairs(F32x16 a) { return {_mm512_permute_ps(a.v, 0xb1)}; }
// Greater of the bits of |a| and b, as integers: a NaN wins.
inline F32x16 max_magnitude(F32x16 a, F32x16 b) {
  return {_mm512_castsi512_ps(
      _mm512_max_epi32(_mm512_castps_si512(_mm512_abs_ps(a.v)), _mm512_castps_si512(b.v)))};
}

inline F32x16 load(const float* from) { return {_mm512_loadu_ps(from)}; }
inline F32x16 load(const Bf16* from) {
  const __m512i wide =
      _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
  return {_mm512_castsi512_ps(_mm512_slli_epi32(wide, 16))};
}
inline F32x16 load(const Fp16* from) {
  return {_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)))};
}
inline F32x16 load(const int8_t* from) {
  return {_mm512_cvtepi32_ps(
      _mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))))};
}
inline void store(float* to, F32x16 a) { _mm512_storeu_ps(to, a.v); }
inline void store(Fp16* to, F32x16 a) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to),
                      _mm512_cvtps_ph(a.v, _MM_FROUND_TO_NEAREST_INT));
}
// REQUIRES: whole numbers in [-128, 127].
inline void store(int8_t* to, F32x16 a) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(a.v)));
}
inline __m256 low_half(F32x16 a) { return _mm512_castps512_ps256(a.v); }
inline __m256 high_half(F32x16 a) { return _mm512_extractf32x8_ps(a.v, 1); }

#else

struct F32x16 {
  __m256 low, high;
};

inline F32x16 broadcast(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
inline F32x16 operator+(F32x16 a, F32x16 b) {
  return {_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)};
}
inline F32x16 operator-(F32x16 a, F32x16 b) {
  return {_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)};
}
inline F32x16 operator*(F32x16 a, F32x16 b) {
  return {_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)};
}
inline F32x16 operator/(F32x16 a, F32x16 b) {
  return {_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high)};
}
inline F32x16 fma(F32x16 a, F32x16 b, F32x16 c) {
  return {_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
}
// As the instruction: b where one is NaN.
inline F32x16 max(F32x16 a, F32x16 b) {
  return {_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)};
}
inline F32x16 min(F32x16 a, F32x16 b) {
  return {_mm256_min_ps(a.low, b.low), _mm256_min_ps(a.high, b.high)};
}
inline F32x16 round(F32x16 a) {  // to nearest even
  return {_mm256_round_ps(a.low, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC),
          _mm256_round_ps(a.high, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
// a < b ? yes : no
inline F32x16 if_less(F32x16 a, F32x16 b, F32x16 yes, F32x16 no) {
  return {_mm256_blendv_ps(no.low, yes.low, _mm256_cmp_ps(a.low, b.low, _CMP_LT_OQ)),
          _mm256_blendv_ps(no.high, yes.high, _mm256_cmp_ps(a.high, b.high, _CMP_LT_OQ))};
}
inline F32x16 absolute(F32x16 a) {
  const __m256 sign = _mm256_set1_ps(-0.0f);
  return {_mm256_andnot_ps(sign, a.low), _mm256_andnot_ps(sign, a.high)};
}
inline F32x16 with_sign_of(F32x16 magnitude, F32x16 sign) {
  const __m256 bit = _mm256_set1_ps(-0.0f);
  const F32x16 plain = absolute(magnitude);
  return {_mm256_or_ps(plain.low, _mm256_and_ps(bit, sign.low)),
          _mm256_or_ps(plain.high, _mm256_and_ps(bit, sign.high))};
}
// 2^n for whole n in [-126, 126].
inline __m256 power_of_2(__m256i n) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(n, _mm256_set1_epi32(127)), 23));
}
inline __m256 times_power_of_2(__m256 a, __m256 n) {
  const __m256i whole = _mm256_cvtps_epi32(n);
  const __m256i half = _mm256_srai_epi32(whole, 1);
  const __m256 once = _mm256_mul_ps(a, power_of_2(half));
  return _mm256_mul_ps(once, power_of_2(_mm256_sub_epi32(whole, half)));
}
// a * 2^n for whole n in [-252, 252], rounded once where a is near 1.
inline F32x16 times_power_of_2(F32x16 a, F32x16 n) {
  return {times_power_of_2(a.low, n.low), times_power_of_2(a.high, n.high)};
}
// Neighbours 2i and 2i + 1 swapped.
inline F32x16 swap_pairs(F32x16 a) {
  return {_mm256_permute_ps(a.low, 0xb1), _mm256_permute_ps(a.high, 0xb1)};
}
// Greater of the bits of |a| and b, as integers: a NaN wins.
inline F32x16 max_magnitude(F32x16 a, F32x16 b) {
  const F32x16 bits = absolute(a);
  const auto greater = [](__m256 x, __m256 y) {
    return _mm256_castsi256_ps(_mm256_max_epi32(_mm256_castps_si256(x), _mm256_castps_si256(y)));
  };
  return {greater(bits.low, b.low), greater(bits.high, b.high)};
}

inline F32x16 load(const float* from) { return {_mm256_loadu_ps(from), _mm256_loadu_ps(from + 8)}; }
inline __m128i load_8_halves(const void* from) {
  return _mm_loadu_si128(static_cast<const __m128i*>(from));
}
inline F32x16 load(const Bf16* from) {
  const auto widen = [](__m128i halves) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
  };
  return {widen(load_8_halves(from)), widen(load_8_halves(from + 8))};
}
inline F32x16 load(const Fp16* from) {
  return {_mm256_cvtph_ps(load_8_halves(from)), _mm256_cvtph_ps(load_8_halves(from + 8))};
}
inline F32x16 load(const int8_t* from) {
  const __m128i codes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  return {_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(codes)),
          _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_srli_si128(codes, 8)))};
}
inline void store(float* to, F32x16 a) {
  _mm256_storeu_ps(to, a.low);
  _mm256_storeu_ps(to + 8, a.high);
}
inline void store(Fp16* to, F32x16 a) {
  auto* out = reinterpret_cast<__m128i*>(to);
  _mm_storeu_si128(out, _mm256_cvtps_ph(a.low, _MM_FROUND_TO_NEAREST_INT));
  _mm_storeu_si128(out + 1, _mm256_cvtps_ph(a.high, _MM_FROUND_TO_NEAREST_INT));
}
// REQUIRES: whole numbers in [-128, 127].
inline void store(int8_t* to, F32x16 a) {
  const auto narrow = [](__m256 x) {
    const __m256i whole = _mm256_cvtps_epi32(x);
    return _mm_packs_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
  };
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_packs_epi16(narrow(a.low), narrow(a.high)));
}
inline __m256 low_half(F32x16 a) { return a.low; }
inline __m256 high_half(F32x16 a) { return a.high; }

#endif

inline F32x16 zeros() { return broadcast(0); }

// Rounds to nearest even; NaN stays NaN.
inline __m128i to_bf16_bits(__m256 a) {
  const __m256i bits = _mm256_castps_si256(a);
  const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
  const __m256i rounded = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
  const __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
  const __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(a, a, _CMP_UNORD_Q));
  const __m256i high = _mm256_srli_epi32(_mm256_blendv_epi8(rounded, quiet, nan), 16);
  return _mm_packus_epi32(_mm256_castsi256_si128(high), _mm256_extracti128_si256(high, 1));
}
inline void store(Bf16* to, F32x16 a) {
  auto* out = reinterpret_cast<__m128i*>(to);
  _mm_storeu_si128(out, to_bf16_bits(low_half(a)));
  _mm_storeu_si128(out + 1, to_bf16_bits(high_half(a)));
}

// The first `count` lanes, any count; the others are 0.
template <class T>
F32x16 load(const T* from, int64_t count) {
  if (count >= kVector) return load(from);
  T lanes[kVector] = {};
  std::memcpy(lanes, from, static_cast<size_t>(std::max<int64_t>(count, 0)) * sizeof(T));
  return load(lanes);
}
// The same with `fill` in the other lanes.
inline F32x16 load_or(const float* from, int64_t count, float fill) {
  if (count >= kVector) return load(from);
  float lanes[kVector];
  for (int64_t i = 0; i < kVector; ++i) lanes[i] = i < count ? from[i] : fill;
  return load(lanes);
}
template <class T>
void store(T* to, F32x16 a, int64_t count) {
  if (count >= kVector) return store(to, a);
  T lanes[kVector];
  store(lanes, a);
  std::memcpy(to, lanes, static_cast<size_t>(std::max<int64_t>(count, 0)) * sizeof(T));
}

// Lanes folded in halves: + 8, + 4, + 2, + 1.
inline float fold_sum(F32x16 a) {
  const __m256 eight = _mm256_add_ps(low_half(a), high_half(a));
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
inline float fold_max(F32x16 a) {
  const __m256 eight = _mm256_max_ps(low_half(a), high_half(a));
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

}  // namespace
}  // namespace lathe::kernels
