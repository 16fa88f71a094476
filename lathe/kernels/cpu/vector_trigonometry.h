// SPDX-License-Identifier: Apache-2.0
// Cosines and sines of sixteen angles at a time: f64 down to the quarter turn, f32 from there on.
// Off the exact value by 1e-7 at most, for angles up to 2^30.
#pragma once

#include <numbers>

#include "lathe/kernels/cpu/vector_functions.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

struct CosSin {
  F32x16 cos;
  F32x16 sin;
};

// What an angle is beyond its nearest quarter turn, and the quarter's number modulo 4.
struct Quarter {
  float rest[kVector];
  float number[kVector];
};

// 2^52 + 2^51: a double of that size has no bits behind the point, so the sum is rounded to whole.
inline constexpr double kRounder = 6755399441055744.0;

inline Quarter split_quarters(const double* angles) {
  constexpr double kHalfPiHigh = 0x1.921fb544p0;
  constexpr double kHalfPiLow = std::numbers::pi / 2 - kHalfPiHigh;
  Quarter out;
  for (int64_t i = 0; i < kVector; ++i) {
    const double shifted = angles[i] * (2 / std::numbers::pi) + kRounder;
    const double quarters = shifted - kRounder;
    out.rest[i] = static_cast<float>((angles[i] - quarters * kHalfPiHigh) - quarters * kHalfPiLow);
    out.number[i] = static_cast<float>(std::bit_cast<int64_t>(shifted) & 3);
  }
  return out;
}

// Taylor series on [-pi/4, pi/4]; the next terms are below 2^-28.
inline CosSin quarter_cos_sin(F32x16 rest) {
  const F32x16 square = rest * rest;
  constexpr float kSin[] = {-1.0f / 6, 1.0f / 120, -1.0f / 5040, 1.0f / 362880};
  constexpr float kCos[] = {-0.5f, 1.0f / 24, -1.0f / 720, 1.0f / 40320, -1.0f / 3628800};
  const F32x16 sin{polynomial<Simd>(square.v, kSin)};
  const F32x16 cos{polynomial<Simd>(square.v, kCos)};
  return {fma(cos, square, broadcast(1)), fma(sin * square, rest, rest)};
}

// angles: [16], radians.
inline CosSin cos_sin(const double* angles) {
  const Quarter quarter = split_quarters(angles);
  const F32x16 number = load(quarter.number);
  const CosSin near = quarter_cos_sin(load(quarter.rest));
  // Quarters 1 and 3 swap both; the sine is negative in 2 and 3, the cosine in 1 and 2.
  const F32x16 from_middle = absolute(number - broadcast(2));  // 2, 1, 0, 1
  const F32x16 odd = absolute(from_middle - broadcast(1));     // 1, 0, 1, 0
  const F32x16 cos = if_less(odd, broadcast(0.5f), near.sin, near.cos);
  const F32x16 sin = if_less(odd, broadcast(0.5f), near.cos, near.sin);
  const F32x16 minus_cos = zeros() - cos;
  const F32x16 upper = if_less(number, broadcast(2.5f), minus_cos, cos);
  return {if_less(number, broadcast(0.5f), cos, upper),
          if_less(broadcast(1.5f), number, zeros() - sin, sin)};
}

}  // namespace
}  // namespace lathe::kernels
