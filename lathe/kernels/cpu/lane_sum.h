// SPDX-License-Identifier: Apache-2.0
// Sums along a row in the order that all CPU kernels share (kernels/README.md): 16 partial sums,
// the i-th of elements i, i + 16, …, folded in halves.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

namespace lathe::kernels {

inline constexpr int64_t kLanes = 16;
using LaneSums = std::array<float, kLanes>;

inline float fold(LaneSums lanes) {
  for (size_t half = kLanes / 2; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

// sum of term(i), 0 <= i < count
template <class Term>
float lane_sum(int64_t count, Term term) {
  LaneSums lanes{};
  for (int64_t i = 0; i < count; ++i) lanes[static_cast<size_t>(i % kLanes)] += term(i);
  return fold(lanes);
}

// sum of term(i)^2, squares and sums fused
template <class Term>
float lane_sum_of_squares(int64_t count, Term term) {
  LaneSums lanes{};
  for (int64_t i = 0; i < count; ++i) {
    float& lane = lanes[static_cast<size_t>(i % kLanes)];
    lane = std::fma(term(i), term(i), lane);
  }
  return fold(lanes);
}

}  // namespace lathe::kernels
