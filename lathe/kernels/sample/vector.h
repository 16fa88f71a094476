// SPDX-License-Identifier: Apache-2.0
// The bodies of the passes over a row of logits.
#pragma once

#include <limits>

#include "lathe/kernels/cpu/vector_functions.h"
#include "lathe/kernels/sample/vocabulary_passes.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

inline constexpr float kLowest = -std::numeric_limits<float>::infinity();

inline int64_t size_of(std::span<const float> row) { return static_cast<int64_t>(row.size()); }

// 1 in the lanes where a is at least b, else 0.
inline F32x16 at_least(F32x16 a, F32x16 b) { return if_less(a, b, zeros(), broadcast(1)); }

inline RowExtreme extreme(std::span<const float> logits) {
  F32x16 greatest = broadcast(kLowest), nans = zeros();
  for (int64_t i = 0; i < size_of(logits); i += kVector) {
    const F32x16 value = load_or(logits.data() + i, size_of(logits) - i, kLowest);
    greatest = max(value, greatest);  // the second where one is NaN
    const auto unordered = Simd::as_ints(Simd::not_equal(value.v, value.v));
    nans = {Simd::as_floats(Simd::bit_or(Simd::as_ints(nans.v), unordered))};
  }
  float lanes[kVector];
  store(lanes, nans);
  bool has_nan = false;
  for (const float lane : lanes) has_nan |= std::bit_cast<uint32_t>(lane) != 0;
  return {fold_max(greatest), has_nan};
}

inline int64_t find(std::span<const float> logits, float value) {
  for (int64_t i = 0; i < size_of(logits); i += kVector) {
    const int64_t left = std::min(size_of(logits) - i, kVector);
    const F32x16 here = load_or(logits.data() + i, left, kLowest);
    if (fold_max(here) < value) continue;
    for (int64_t j = i; j < i + left; ++j) {
      if (logits[static_cast<size_t>(j)] == value) return j;
    }
  }
  return 0;
}

inline float weigh_row(std::span<float> logits, float greatest, float inverse_temperature,
                       std::span<float> weights) {
  F32x16 sum = zeros();
  for (int64_t i = 0; i < size_of(logits); i += kVector) {
    const int64_t left = size_of(logits) - i;
    const F32x16 logit = (load_or(logits.data() + i, left, kLowest) - broadcast(greatest)) *
                         broadcast(inverse_temperature);
    const F32x16 weight = exp_weight(logit);
    store(logits.data() + i, logit, left);
    store(weights.data() + i, weight, left);
    sum = sum + weight;  // lanes behind the row are exp_weight(-inf), which is 0
  }
  return fold_sum(sum);
}

// Counts in lanes stay exact up to 2^24 vectors.
inline int64_t count_row_at_least(std::span<const float> values, float bound) {
  F32x16 count = zeros();
  for (int64_t i = 0; i + kVector <= size_of(values); i += kVector) {
    count = count + at_least(load(values.data() + i), broadcast(bound));
  }
  float lanes[kVector];
  store(lanes, count);
  int64_t total = 0;
  for (const float lane : lanes) total += static_cast<int64_t>(lane);
  for (int64_t i = size_of(values) / kVector * kVector; i < size_of(values); ++i) {
    total += values[static_cast<size_t>(i)] >= bound ? 1 : 0;
  }
  return total;
}

inline constexpr VocabularyPasses kPasses = {
    .extreme = extreme,
    .find = find,
    .weigh = weigh_row,
    .count_at_least = count_row_at_least,
};

}  // namespace
}  // namespace lathe::kernels
