// SPDX-License-Identifier: Apache-2.0
// The reference of one query of one head, over keys and values wherever they lie: attention and
// paged_attention differ in `KeyValues` alone.
#pragma once

#include <vector>

#include "lathe/kernels/attention/visibility.h"
#include "lathe/kernels/cpu/float_elements.h"

namespace lathe::kernels {

// Keys and values of one kv head of one sequence; row j begins at element offsets[j].
struct KeyValues {
  FloatElements keys;
  FloatElements values;
  std::vector<int64_t> offsets;
  int64_t head_dim = 0;
};

// y = softmax(mask(scores(q, keys))) values. q and y: [head_dim]; `slope` is the head's ALiBi
// slope, 0 without. Zeros where the query sees nothing.
void attend(const ops::AttentionOptions& options, float slope, const Query& query,
            const KeyValues& kv, const FloatElements& q, const FloatElements& y);

// The slope of a head.
inline float alibi_slope(const ops::AttentionOptions& options, int64_t head) {
  return options.alibi_slopes.empty() ? 0 : options.alibi_slopes[static_cast<size_t>(head)];
}

}  // namespace lathe::kernels
