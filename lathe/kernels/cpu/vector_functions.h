// SPDX-License-Identifier: Apache-2.0
// The functions of vector_math.h on F32x16, and the activations by their kind.
#pragma once

#include "lathe/kernels/cpu/vector.h"
#include "lathe/kernels/cpu/vector_forms.h"
#include "lathe/kernels/cpu/vector_math.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

inline F32x16 exp(F32x16 x) { return {vector_exp<Simd>(x.v)}; }
// The same with 0 below e^-87, about the least normal number: weights that small count for nothing,
// and numbers below the normal ones cost a hundred cycles each.
inline F32x16 exp_weight(F32x16 x) {
  const F32x16 least = broadcast(-87.0f);
  return if_less(x, least, zeros(), exp(max(least, x)));
}
inline F32x16 tanh(F32x16 x) { return {vector_tanh<Simd>(x.v)}; }

// REQUIRES: has_vector_form(kKind).
template <ops::UnaryKind kKind>
F32x16 activate(F32x16 x) {
  using enum ops::UnaryKind;
  static_assert(has_vector_form(kKind));
  if constexpr (kKind == kSilu) return {vector_silu<Simd>(x.v)};
  if constexpr (kKind == kGelu) return {vector_gelu<Simd>(x.v)};
  if constexpr (kKind == kGeluTanh) return {vector_gelu_tanh<Simd>(x.v)};
  if constexpr (kKind == kQuickGelu) return {vector_quick_gelu<Simd>(x.v)};
  if constexpr (kKind == kRelu) return max(zeros(), x);  // NaN stays
  if constexpr (kKind == kSigmoid) return {vector_sigmoid<Simd>(x.v)};
  return tanh(x);
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
  return f.template operator()<kTanh>();
}

}  // namespace
}  // namespace lathe::kernels
