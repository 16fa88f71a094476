// SPDX-License-Identifier: Apache-2.0
// exp, tanh, erf and the activations on sixteen lanes, for files of one ISA class (simd_avx2.h,
// simd_avx512.h): the same bits on each. Greatest errors in units in the last place over all
// exponents (pointwise_group/tile_ops_test.cc): exp 1, tanh 2, erf 2, sigmoid 3, silu 3 (from -87
// on), gelu 8, quick_gelu and gelu_tanh 3 from -1 on; below it their argument's own rounding counts
// too.
//
// NaN gives NaN; silu and its kin are NaN at -inf, where their formula is -inf * 0. Polynomials are
// minimax fits of our own (Remez), evaluated by fused multiply-adds.
#pragma once

#include <cstddef>

namespace lathe::kernels {
namespace {

template <class Simd>
using Floats = typename Simd::Floats;

// c[0] + c[1] x + c[2] x^2 + …
template <class Simd, size_t kCount>
[[gnu::always_inline]] inline Floats<Simd> polynomial(Floats<Simd> x, const float (&c)[kCount]) {
  Floats<Simd> sum = Simd::all(c[kCount - 1]);
  for (size_t i = kCount - 1; i-- > 0;) sum = Simd::fma(sum, x, Simd::all(c[i]));
  return sum;
}

template <class Simd>
[[gnu::always_inline]] inline Floats<Simd> magnitude(Floats<Simd> x) {
  return Simd::as_floats(Simd::bit_and(Simd::as_ints(x), Simd::all_ints(0x7fffffff)));
}

template <class Simd>
[[gnu::always_inline]] inline Floats<Simd> negative(Floats<Simd> x) {
  return Simd::as_floats(Simd::bit_xor(Simd::as_ints(x), Simd::all_ints(-0x7fffffff - 1)));
}

// The magnitude of a with the sign of b. REQUIRES: a >= 0.
template <class Simd>
[[gnu::always_inline]] inline Floats<Simd> with_sign_of(Floats<Simd> a, Floats<Simd> b) {
  const auto sign = Simd::bit_and(Simd::as_ints(b), Simd::all_ints(-0x7fffffff - 1));
  return Simd::as_floats(Simd::bit_or(Simd::as_ints(a), sign));
}

// x = n ln 2 + r with |r| <= ln 2 / 2; exp(r) = 1 + r + r^2 q(r).
template <class Simd>
[[gnu::always_inline]] inline Floats<Simd> vector_exp(Floats<Simd> x) {
  constexpr float kQ[] = {0.49999994f, 0.16666521f, 0.04166839f, 0.00836871f, 0.0013814609f};
  // A number and NaN: NaN, which is the second operand.
  x = Simd::min(Simd::all(104.0f), Simd::max(Simd::all(-104.0f), x));
  const Floats<Simd> rounded = Simd::round_even(Simd::multiply(x, Simd::all(1.44269504f)));
  Floats<Simd> r = Simd::fma(rounded, Simd::all(-0.693147182f), x);
  r = Simd::fma(rounded, Simd::all(1.90465421e-09f), r);
  const Floats<Simd> q = polynomial<Simd>(r, kQ);
  const Floats<Simd> result = Simd::add(Simd::all(1.0f), Simd::fma(Simd::multiply(r, r), q, r));
  return Simd::times_power_of_two(result, rounded);
}

// Small: x + x^3 q(x^2). Else (1 - e) / (1 + e) with e = exp(-2 |x|).
template <class Simd>
[[gnu::always_inline]] inline Floats<Simd> vector_tanh(Floats<Simd> x) {
  constexpr float kQ[] = {-0.3333328f, 0.13331442f, -0.05373971f, 0.02063908f, -0.00570498f};
  const Floats<Simd> size = magnitude<Simd>(x);
  const Floats<Simd> square = Simd::multiply(x, x);
  const Floats<Simd> cube = Simd::multiply(square, x);
  const Floats<Simd> small = Simd::fma(cube, polynomial<Simd>(square, kQ), x);
  const Floats<Simd> one = Simd::all(1.0f);
  const Floats<Simd> e = vector_exp<Simd>(Simd::multiply(size, Simd::all(-2.0f)));
  const Floats<Simd> large = Simd::divide(Simd::subtract(one, e), Simd::add(one, e));
  return Simd::select(Simd::less(size, Simd::all(0.625f)), small, with_sign_of<Simd>(large, x));
}

// The normal distribution's upper tail at a = |x|: exp(-a^2 / 2) G(u), u = (a - 4) / (a + 4). The
// square is taken exactly: its rounding would be the whole error of the exponential.
template <class Simd>
[[gnu::always_inline]] inline Floats<Simd> normal_tail(Floats<Simd> a) {
  constexpr float kG[] = {0.09441064f,     -0.17039774f,   0.12437918f,   -0.071706705f,
                          0.030865751f,    -0.0084981015f, 0.0005014283f, 0.000657704f,
                          -0.00016614799f, -6.428883e-05f};
  a = Simd::min(Simd::all(15.0f), a);
  const Floats<Simd> four = Simd::all(4.0f);
  const Floats<Simd> u = Simd::divide(Simd::subtract(a, four), Simd::add(a, four));
  const Floats<Simd> square = Simd::multiply(a, a);
  const Floats<Simd> rest = Simd::fma(a, a, negative<Simd>(square));
  const Floats<Simd> minus_half = Simd::all(-0.5f);
  const Floats<Simd> e = vector_exp<Simd>(Simd::multiply(square, minus_half));
  const Floats<Simd> exact = Simd::fma(e, Simd::multiply(rest, minus_half), e);
  return Simd::multiply(exact, polynomial<Simd>(u, kG));
}

// Small: x + x q(x^2). Else 1 - 2 tail(sqrt 2 |x|), where the tail is small against 1.
template <class Simd>
[[gnu::always_inline]] inline Floats<Simd> vector_erf(Floats<Simd> x) {
  constexpr float kQ[] = {0.12837917f,   -0.37612626f,    0.112835854f, -0.026853811f,
                          0.0051883277f, -0.00080101937f, 7.853862e-05f};
  const Floats<Simd> size = magnitude<Simd>(x);
  const Floats<Simd> small = Simd::fma(x, polynomial<Simd>(Simd::multiply(x, x), kQ), x);
  const Floats<Simd> tail = normal_tail<Simd>(Simd::multiply(size, Simd::all(1.41421356f)));
  const Floats<Simd> large = Simd::fma(tail, Simd::all(-2.0f), Simd::all(1.0f));
  return Simd::select(Simd::less(size, Simd::all(1.0f)), small, with_sign_of<Simd>(large, x));
}

// x * sigmoid(z) = x * (z < 0 ? e : 1) / (1 + e) with e = exp(-|z|), which does not overflow.
template <class Simd>
[[gnu::always_inline]] inline Floats<Simd> times_sigmoid(Floats<Simd> x, Floats<Simd> z) {
  const Floats<Simd> e = vector_exp<Simd>(negative<Simd>(magnitude<Simd>(z)));
  const Floats<Simd> is_below = Simd::less(z, Simd::zero());
  const Floats<Simd> part = Simd::select(is_below, Simd::multiply(x, e), x);
  return Simd::divide(part, Simd::add(Simd::all(1.0f), e));
}

template <class Simd>
[[gnu::always_inline]] inline Floats<Simd> vector_sigmoid(Floats<Simd> x) {
  return times_sigmoid<Simd>(Simd::all(1.0f), x);
}

template <class Simd>
[[gnu::always_inline]] inline Floats<Simd> vector_silu(Floats<Simd> x) {
  return times_sigmoid<Simd>(x, x);
}

template <class Simd>
[[gnu::always_inline]] inline Floats<Simd> vector_quick_gelu(Floats<Simd> x) {
  return times_sigmoid<Simd>(x, Simd::multiply(x, Simd::all(1.702f)));
}

// x Phi(x): below zero the tail itself, above it 1 - tail.
template <class Simd>
[[gnu::always_inline]] inline Floats<Simd> vector_gelu(Floats<Simd> x) {
  const Floats<Simd> tail = normal_tail<Simd>(magnitude<Simd>(x));
  const Floats<Simd> upper = Simd::subtract(Simd::all(1.0f), tail);
  return Simd::multiply(x, Simd::select(Simd::less(x, Simd::zero()), tail, upper));
}

// (1 + tanh u) / 2 = sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3)
template <class Simd>
[[gnu::always_inline]] inline Floats<Simd> vector_gelu_tanh(Floats<Simd> x) {
  const Floats<Simd> square = Simd::multiply(x, x);
  const Floats<Simd> factor = Simd::fma(square, Simd::all(0.0713548163f), Simd::all(1.59576912f));
  return times_sigmoid<Simd>(x, Simd::multiply(x, factor));
}

}  // namespace
}  // namespace lathe::kernels
