// SPDX-License-Identifier: Apache-2.0
// Sixteen floats side by side, with operators, for kernel bodies that are written once and compiled
// once a class, by x_avx2.cc and x_avx512.cc: every lane does the same in both, so do the bits
// (kernels/README.md). Thin over simd_avx2.h and simd_avx512.h; adds other element types, rows that
// are no multiple of 16, and folds.
//
// Included by such files and headers of bodies alone.
#pragma once

#include <algorithm>
#include <bit>
#include <cstring>

#include "lathe/base/float16.h"
#include "lathe/kernels/cpu/simd_avx2.h"
#include "lathe/kernels/cpu/simd_avx512.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

inline constexpr int64_t kVector = 16;

#ifdef __AVX512F__
using Simd = Avx512;
inline __m256 low_half(__m512 v) { return _mm512_castps512_ps256(v); }
inline __m256 high_half(__m512 v) { return _mm512_extractf32x8_ps(v, 1); }
inline __m512 joined(__m256 low, __m256 high) {
  return _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
}
#else
using Simd = Avx2;
inline __m256 low_half(Avx2::Floats v) { return v.low; }
inline __m256 high_half(Avx2::Floats v) { return v.high; }
inline Avx2::Floats joined(__m256 low, __m256 high) { return {low, high}; }
#endif

struct F32x16 {
  Simd::Floats v;
};

inline F32x16 broadcast(float x) { return {Simd::all(x)}; }
inline F32x16 zeros() { return {Simd::zero()}; }
inline F32x16 operator+(F32x16 a, F32x16 b) { return {Simd::add(a.v, b.v)}; }
inline F32x16 operator-(F32x16 a, F32x16 b) { return {Simd::subtract(a.v, b.v)}; }
inline F32x16 operator*(F32x16 a, F32x16 b) { return {Simd::multiply(a.v, b.v)}; }
inline F32x16 operator/(F32x16 a, F32x16 b) { return {Simd::divide(a.v, b.v)}; }
inline F32x16 fma(F32x16 a, F32x16 b, F32x16 c) { return {Simd::fma(a.v, b.v, c.v)}; }
inline F32x16 max(F32x16 a, F32x16 b) { return {Simd::max(a.v, b.v)}; }  // b where one is NaN
inline F32x16 min(F32x16 a, F32x16 b) { return {Simd::min(a.v, b.v)}; }
inline F32x16 round(F32x16 a) { return {Simd::round_even(a.v)}; }
// a < b ? yes : no
inline F32x16 if_less(F32x16 a, F32x16 b, F32x16 yes, F32x16 no) {
  return {Simd::select(Simd::less(a.v, b.v), yes.v, no.v)};
}
inline F32x16 absolute(F32x16 a) {
  return {Simd::as_floats(Simd::bit_and(Simd::as_ints(a.v), Simd::all_ints(0x7fffffff)))};
}
// Neighbours 2i and 2i + 1 swapped.
inline F32x16 swap_pairs(F32x16 a) {
  return {joined(_mm256_permute_ps(low_half(a.v), 0xb1), _mm256_permute_ps(high_half(a.v), 0xb1))};
}

inline __m128i load_8_halves(const void* from) {
  return _mm_loadu_si128(static_cast<const __m128i*>(from));
}
inline void store_8_halves(void* to, __m128i halves) {
  _mm_storeu_si128(static_cast<__m128i*>(to), halves);
}

inline F32x16 load(const float* from) { return {Simd::load(from)}; }
inline F32x16 load(const Fp16* from) {
  return {Simd::load_half(reinterpret_cast<const std::byte*>(from))};
}
inline F32x16 load(const Bf16* from) {
  const auto widen = [](__m128i halves) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
  };
  return {joined(widen(load_8_halves(from)), widen(load_8_halves(from + 8)))};
}
inline F32x16 load(const int8_t* from) {
  const __m128i codes = load_8_halves(from);
  return {joined(_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(codes)),
                 _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_srli_si128(codes, 8))))};
}

inline void store(float* to, F32x16 a) { Simd::store(to, a.v); }
inline void store(Fp16* to, F32x16 a) {
  store_8_halves(to, _mm256_cvtps_ph(low_half(a.v), _MM_FROUND_TO_NEAREST_INT));
  store_8_halves(to + 8, _mm256_cvtps_ph(high_half(a.v), _MM_FROUND_TO_NEAREST_INT));
}
// To nearest even; NaN stays NaN.
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
  store_8_halves(to, to_bf16_bits(low_half(a.v)));
  store_8_halves(to + 8, to_bf16_bits(high_half(a.v)));
}
// REQUIRES: whole numbers in [-128, 127].
inline void store(int8_t* to, F32x16 a) {
  const auto narrow = [](__m256 x) {
    const __m256i whole = _mm256_cvtps_epi32(x);
    return _mm_packs_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
  };
  store_8_halves(to, _mm_packs_epi16(narrow(low_half(a.v)), narrow(high_half(a.v))));
}

// The first `count` lanes, any count; the others are 0.
template <class T>
F32x16 load(const T* from, int64_t count) {
  if (count >= kVector) return load(from);
  T lanes[kVector] = {};
  std::memcpy(lanes, from, static_cast<size_t>(std::max<int64_t>(count, 0)) * sizeof(T));
  return load(lanes);
}
// The same with `fill` in the others.
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

inline float widened(float x) { return x; }
inline float widened(Bf16 x) { return to_float(x); }
inline float widened(Fp16 x) { return to_float(x); }

// Lanes folded in halves: + 8, + 4, + 2, + 1.
inline float fold_sum(F32x16 a) {
  const __m256 eight = _mm256_add_ps(low_half(a.v), high_half(a.v));
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
inline float fold_max(F32x16 a) {
  const __m256 eight = _mm256_max_ps(low_half(a.v), high_half(a.v));
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

}  // namespace
}  // namespace lathe::kernels
