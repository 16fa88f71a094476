// SPDX-License-Identifier: Apache-2.0
// exp and what is made of it, for sixteen floats; the same bits in every class. Errors against the
// exact value are checked by vector_math_test.cc: exp and sigmoid 2 units in the last place, tanh
// 4, erf 5e-7 absolute.
#pragma once

#include <limits>
#include <numbers>

#include "lathe/kernels/cpu/vector.h"
#include "lathe/kernels/cpu/vector_forms.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

// The coefficient of the highest power first.
template <class... Coefficients>
F32x16 polynomial(F32x16 x, float first, Coefficients... rest) {
  F32x16 sum = broadcast(first);
  ((sum = fma(sum, x, broadcast(rest))), ...);
  return sum;
}

// e^x = 2^n e^r with whole n and |r| <= ln(2) / 2.
struct ExpParts {
  F32x16 n;
  F32x16 r;
};
inline ExpParts exp_parts(F32x16 x) {
  // ln 2 in two parts; the first has so few bits that n times it is exact.
  constexpr float kLn2High = 0x1.62e4p-1f;
  constexpr auto kLn2Low = static_cast<float>(std::numbers::ln2 - static_cast<double>(kLn2High));
  const F32x16 n = round(x * broadcast(std::numbers::log2e_v<float>));
  const F32x16 r = fma(n, broadcast(-kLn2High), x);
  return {n, fma(n, broadcast(-kLn2Low), r)};
}

// (e^r - 1) / r by its Taylor series up to r^6: the next term is below 2^-25 of the sum.
inline F32x16 exp_series(F32x16 r) {
  return polynomial(r, 1.0f / 5040, 1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1.0f);
}

// Exactly 0 for minus infinity; infinity and NaN stay.
inline F32x16 exp(F32x16 x) {
  // Beyond these the result is 0 or infinity in any case. max and min hand a NaN in x on.
  const ExpParts parts = exp_parts(min(broadcast(128), max(broadcast(-128), x)));
  return times_power_of_2(fma(exp_series(parts.r), parts.r, broadcast(1)), parts.n);
}

inline F32x16 sigmoid(F32x16 x) { return broadcast(1) / (broadcast(1) + exp(zeros() - x)); }

// With t = e^(2|x|) - 1, tanh |x| = t / (t + 2); t is kept from cancelling near 0.
inline F32x16 tanh(F32x16 x) {
  const F32x16 twice = min(broadcast(32), absolute(x) + absolute(x));
  const ExpParts parts = exp_parts(twice);
  const F32x16 scale = times_power_of_2(broadcast(1), parts.n);
  const F32x16 t = fma(scale, exp_series(parts.r) * parts.r, scale - broadcast(1));
  return with_sign_of(t / (t + broadcast(2)), x);
}

// Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26.
inline F32x16 erf(F32x16 x) {
  const F32x16 magnitude = absolute(x);
  const F32x16 t = broadcast(1) / fma(broadcast(0.3275911f), magnitude, broadcast(1));
  const F32x16 sum =
      polynomial(t, 1.061405429f, -1.453152027f, 1.421413741f, -0.284496736f, 0.254829592f);
  const F32x16 tail = sum * t * exp(zeros() - magnitude * magnitude);
  return with_sign_of(broadcast(1) - tail, x);
}

inline F32x16 gelu(F32x16 x) {
  const F32x16 half = x * broadcast(0.5f);
  return fma(half, erf(x * broadcast(static_cast<float>(1 / std::numbers::sqrt2))), half);
}

inline F32x16 gelu_tanh(F32x16 x) {
  constexpr auto kSlope = static_cast<float>(std::numbers::sqrt2 * std::numbers::inv_sqrtpi);
  const F32x16 cube = broadcast(0.044715f) * x * x * x;
  const F32x16 half = x * broadcast(0.5f);
  return fma(half, tanh(broadcast(kSlope) * (x + cube)), half);
}

// REQUIRES: has_vector_form(kKind).
template <ops::UnaryKind kKind>
F32x16 activate(F32x16 x) {
  using enum ops::UnaryKind;
  static_assert(has_vector_form(kKind));
  if constexpr (kKind == kSilu) return x * sigmoid(x);
  if constexpr (kKind == kGelu) return gelu(x);
  if constexpr (kKind == kGeluTanh) return gelu_tanh(x);
  if constexpr (kKind == kQuickGelu) return x * sigmoid(x * broadcast(1.702f));
  if constexpr (kKind == kRelu) return max(zeros(), x);  // NaN stays
  if constexpr (kKind == kSigmoid) return sigmoid(x);
  if constexpr (kKind == kTanh) return tanh(x);
  return exp(x);
}

// Calls f.template operator()<kind>() for a kind that has a vector form.
template <class F>
void with_activation(ops::UnaryKind kind, F&& f) {
  using enum ops::UnaryKind;
  if (kind == kSilu) return f.template operator()<kSilu>();
  if (kind == kGelu) return f.template operator()<kGelu>();
  if (kind == kGeluTanh) return f.template operator()<kGeluTanh>();
  if (kind == kQuickGelu) return f.template operator()<kQuickGelu>();
  if (kind == kRelu) return f.template operator()<kRelu>();
  if (kind == kSigmoid) return f.template operator()<kSigmoid>();
  if (kind == kTanh) return f.template operator()<kTanh>();
  return f.template operator()<kExp>();
}

}  // namespace
}  // namespace lathe::kernels
