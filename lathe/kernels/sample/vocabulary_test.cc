// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/sample/vocabulary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "lathe/kernels/sample/vocabulary_passes.h"
#include "lathe/kernels/target.h"

namespace lathe::kernels {
namespace {

constexpr float kInfinity = INFINITY;

std::vector<float> row(size_t size, uint32_t seed = 1) {
  std::vector<float> out(size);
  for (float& value : out) {
    seed = seed * 1664525u + 1013904223u;
    value = static_cast<float>(seed >> 12) * 0x1p-16f - 8.0f;
  }
  return out;
}

TEST(Vocabulary, GreatestIsTheLowestIdOfEquals) {
  for (const size_t size : {1, 15, 16, 17, 100, 49152}) {
    std::vector<float> logits = row(size);
    const auto expected = std::max_element(logits.begin(), logits.end()) - logits.begin();
    EXPECT_EQ(greatest_logit(logits)->id, expected) << size;
    logits.back() = 9;
    logits[size / 2] = 9;
    EXPECT_EQ(greatest_logit(logits)->id, static_cast<int32_t>(size / 2)) << size;
    EXPECT_EQ(greatest_logit(logits)->value, 9) << size;
  }
}

TEST(Vocabulary, NoGreatestWhereItIsNoNumber) {
  EXPECT_FALSE(greatest_logit({}));
  for (const size_t place : {size_t{0}, size_t{20}, size_t{36}}) {
    for (const float value : {NAN, kInfinity}) {
      std::vector<float> logits = row(37);
      logits[place] = value;
      EXPECT_FALSE(greatest_logit(logits)) << place << " " << value;
    }
  }
  EXPECT_FALSE(greatest_logit(std::vector<float>(40, -kInfinity)));
  std::vector<float> masked(40, -kInfinity);
  masked[33] = -5;
  EXPECT_EQ(greatest_logit(masked)->id, 33);
}

TEST(Vocabulary, WeightsAreExponentialsAndTheirSum) {
  for (const size_t size : {1, 16, 37, 1000}) {
    std::vector<float> logits = row(size), weights(size);
    const std::vector<float> before = logits;
    logits[size / 2] = -kInfinity;
    const float sum = weigh_logits(logits, 8.0f, 0.5f, weights);
    double expected = 0;
    for (size_t i = 0; i < size; ++i) {
      const double weight = i == size / 2 ? 0 : std::exp((before[i] - 8.0) * 0.5);
      EXPECT_NEAR(weights[i], weight, weight * 1e-6) << i;
      expected += weight;
    }
    EXPECT_NEAR(sum, expected, expected * 1e-6);
    EXPECT_EQ(weights[size / 2], 0.0f);
  }
}

TEST(Vocabulary, TheKthGreatestIsThatOfSorting) {
  std::vector<float> values = row(5000, 3);
  values[7] = values[8] = values[9] = 1.5f;
  values[10] = -kInfinity;
  values[11] = 0.0f;
  std::vector<float> sorted = values;
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  for (const int64_t k : {1, 2, 40, 2500, 4999, 5000}) {
    EXPECT_EQ(kth_greatest(values, k), sorted[static_cast<size_t>(k) - 1]) << k;
  }
  EXPECT_EQ(count_at_least(values, 1.5f),
            std::count_if(values.begin(), values.end(), [](float v) { return v >= 1.5f; }));
}

TEST(Vocabulary, BothClassesGiveTheSameBits) {
  if (machine_isa() < CpuIsa::kAvx512) GTEST_SKIP() << "this CPU lacks AVX-512";
  std::vector<float> a = row(777), b = a, weights_a(777), weights_b(777);
  const float sum_a = kVocabularyPassesAvx2.weigh(a, 8.0f, 1.25f, weights_a);
  const float sum_b = kVocabularyPassesAvx512.weigh(b, 8.0f, 1.25f, weights_b);
  EXPECT_EQ(sum_a, sum_b);
  EXPECT_EQ(weights_a, weights_b);
  EXPECT_EQ(kVocabularyPassesAvx2.extreme(a).greatest, kVocabularyPassesAvx512.extreme(b).greatest);
}

}  // namespace
}  // namespace lathe::kernels
