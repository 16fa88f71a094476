// SPDX-License-Identifier: Apache-2.0
// The end of a linear for any Simd: bias, activation, gate, residual, 16 lanes at a time. The same
// polynomial on every ISA class, so that they agree bit for bit.
#pragma once

#include "lathe/kernels/linear/tiles.h"

namespace lathe::kernels {
namespace {

// e^x to about one unit in the last place, for -87 < x < 88; beyond, as at the end. NaN stays.
// x = n ln 2 + r; e^r by its Taylor polynomial of degree 7 for |r| <= ln 2 / 2, Cody and Waite's
// split of ln 2 (W. J. Cody, W. Waite, Software Manual for the Elementary Functions, 1980).
template <class Simd>
[[gnu::always_inline]] inline typename Simd::Floats exponential(typename Simd::Floats x) {
  using Floats = typename Simd::Floats;
  const Floats bounded = Simd::min(Simd::all(88.0f), Simd::max(Simd::all(-87.0f), x));
  const auto exponent = Simd::to_ints(Simd::multiply(bounded, Simd::all(1.44269504f)));
  const Floats n = Simd::to_floats(exponent);
  Floats r = Simd::fma(n, Simd::all(-0.693359375f), bounded);
  r = Simd::fma(n, Simd::all(2.12194440e-4f), r);
  constexpr float kCoefficients[] = {1.0f / 5040, 1.0f / 720, 1.0f / 120, 1.0f / 24,
                                     1.0f / 6,    1.0f / 2,   1.0f,       1.0f};
  Floats sum = Simd::all(kCoefficients[0]);
#pragma GCC unroll 8
  for (int i = 1; i < 8; ++i) sum = Simd::fma(sum, r, Simd::all(kCoefficients[i]));
  const auto power = Simd::template shift_left<23>(Simd::add_ints(exponent, Simd::all_ints(127)));
  return Simd::multiply(sum, Simd::as_floats(power));
}

// x / (1 + e^-z): silu for z = x
template <class Simd>
[[gnu::always_inline]] inline typename Simd::Floats times_sigmoid(typename Simd::Floats x,
                                                                  typename Simd::Floats z) {
  const auto negative = Simd::multiply(z, Simd::all(-1.0f));
  return Simd::divide(x, Simd::add(Simd::all(1.0f), exponential<Simd>(negative)));
}

template <class Simd, FinishKind kKind>
[[gnu::always_inline]] inline typename Simd::Floats activate(typename Simd::Floats x) {
  if constexpr (kKind == FinishKind::kRelu) return Simd::max(Simd::zero(), x);
  if constexpr (kKind == FinishKind::kSilu) return times_sigmoid<Simd>(x, x);
  if constexpr (kKind == FinishKind::kGeluTanh) {
    // 0.5 x (1 + tanh u) = x / (1 + e^-2u), u = sqrt(2 / pi) (x + 0.044715 x^3)
    const auto square = Simd::multiply(x, x);
    const auto inner =
        Simd::fma(square, Simd::all(2 * 0.79788456f * 0.044715f), Simd::all(2 * 0.79788456f));
    return times_sigmoid<Simd>(x, Simd::multiply(x, inner));
  }
  return x;
}

// Lanes that y has, from or to 16: the last ones of a row may be fewer.
template <class Simd>
typename Simd::Floats load_lanes(const float* from, int64_t lanes) {
  if (lanes >= kVectorLanes) return Simd::load(from);
  alignas(64) float all[kVectorLanes] = {};
  for (int64_t i = 0; i < lanes; ++i) all[i] = from[i];
  return Simd::load(all);
}

template <class Simd>
void store_lanes(float* to, typename Simd::Floats value, int64_t lanes) {
  if (lanes >= kVectorLanes) return Simd::store(to, value);
  alignas(64) float all[kVectorLanes];
  Simd::store(all, value);
  for (int64_t i = 0; i < lanes; ++i) to[i] = all[i];
}

template <class Simd>
[[gnu::always_inline]] inline typename Simd::Floats biased(const Finish& finish, int64_t row,
                                                           int64_t lane) {
  const auto sum = Simd::load(finish.sums + row * kPanelRows + lane);
  return finish.bias == nullptr ? sum : Simd::add(sum, Simd::load(finish.bias + lane));
}

template <class Simd, FinishKind kKind, bool kGated>
void finish_tile(const Finish& finish) {
  for (int64_t row = 0; row < finish.rows; ++row) {
    for (int64_t lane = 0; lane < finish.lanes; lane += kVectorLanes) {
      const int64_t lanes = finish.lanes - lane;
      const int64_t index = row * finish.y_stride + lane;
      auto value = activate<Simd, kKind>(biased<Simd>(finish, row, lane));
      if constexpr (kGated) value = Simd::multiply(value, biased<Simd>(finish, row, kVectorLanes));
      if (finish.residual != nullptr) {
        value = Simd::add(value, load_lanes<Simd>(finish.residual + index, lanes));
      }
      store_lanes<Simd>(finish.y + index, value, lanes);
    }
  }
}

template <class Simd, FinishKind kKind>
constexpr std::array<FinishFunction, 2> finish_pair() {
  return {finish_tile<Simd, kKind, false>, finish_tile<Simd, kKind, true>};
}

template <class Simd>
constexpr FinishTiles finish_functions() {
  return {finish_pair<Simd, FinishKind::kLinear>(), finish_pair<Simd, FinishKind::kRelu>(),
          finish_pair<Simd, FinishKind::kSilu>(), finish_pair<Simd, FinishKind::kGeluTanh>()};
}

}  // namespace
}  // namespace lathe::kernels
