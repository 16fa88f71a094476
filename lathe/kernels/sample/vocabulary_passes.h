// SPDX-License-Identifier: Apache-2.0
// The passes of vocabulary.h as one class provides them.
#pragma once

#include "lathe/kernels/sample/vocabulary.h"

namespace lathe::kernels {

// The greatest of a row and whether a NaN is in it.
struct RowExtreme {
  float greatest;
  bool has_nan;
};

struct VocabularyPasses {
  RowExtreme (*extreme)(std::span<const float> logits);         // REQUIRES: not empty
  int64_t (*find)(std::span<const float> logits, float value);  // the first; REQUIRES: it is there
  float (*weigh)(std::span<float> logits, float greatest, float inverse_temperature,
                 std::span<float> weights);
  int64_t (*count_at_least)(std::span<const float> values, float bound);
};

extern const VocabularyPasses kVocabularyPassesAvx2;
extern const VocabularyPasses kVocabularyPassesAvx512;

}  // namespace lathe::kernels
