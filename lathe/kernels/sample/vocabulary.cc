// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/sample/vocabulary.h"

#include <bit>
#include <cmath>
#include <limits>

#include "lathe/base/error.h"
#include "lathe/kernels/sample/vocabulary_passes.h"
#include "lathe/kernels/target.h"

namespace lathe::kernels {

namespace {

const VocabularyPasses& passes() {
  static const VocabularyPasses& best =
      machine_isa() >= CpuIsa::kAvx512 ? kVocabularyPassesAvx512 : kVocabularyPassesAvx2;
  return best;
}

// Floats in the order of unsigned integers, and back.
uint32_t ordered(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  return (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
}
float unordered(uint32_t key) {
  return std::bit_cast<float>((key & 0x80000000u) != 0 ? key & 0x7fffffffu : ~key);
}

}  // namespace

std::optional<GreatestLogit> greatest_logit(std::span<const float> logits) {
  if (logits.empty()) return std::nullopt;
  const RowExtreme found = passes().extreme(logits);
  if (found.has_nan || !std::isfinite(found.greatest)) return std::nullopt;
  const int64_t id = passes().find(logits, found.greatest);
  return GreatestLogit{static_cast<int32_t>(id), logits[static_cast<size_t>(id)]};
}

float weigh_logits(std::span<float> logits, float greatest, float inverse_temperature,
                   std::span<float> weights) {
  LATHE_CHECK(logits.size() == weights.size(), "weights of another size", weights.size());
  return passes().weigh(logits, greatest, inverse_temperature, weights);
}

int64_t count_at_least(std::span<const float> values, float bound) {
  return passes().count_at_least(values, bound);
}

float kth_greatest(std::span<const float> values, int64_t k) {
  LATHE_CHECK(k >= 1 && k <= static_cast<int64_t>(values.size()), "no such rank", k);
  uint32_t low = ordered(-std::numeric_limits<float>::infinity());  // at least k are as great
  uint32_t high = ordered(passes().extreme(values).greatest);
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2 + 1;
    if (passes().count_at_least(values, unordered(middle)) >= k) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return unordered(low);
}

}  // namespace lathe::kernels
