// SPDX-License-Identifier: Apache-2.0
// How a request's tokens are chosen from the model's logits.
//
// Order of the rules: penalties, then temperature, then top-k, top-p over what top-k left, min-p.
#pragma once

#include <cstdint>
#include <vector>

#include "lathe/base/fields.h"

namespace lathe::runtime {

struct SamplingOptions {
  float temperature = 0;         // >= 0; 0 is greedy: the greatest logit, the lowest id of equals
  int32_t top_k = 0;             // most likely tokens that are kept; 0 = all
  float top_p = 1;               // (0, 1]: the fewest tokens with at least this much probability
  float min_p = 0;               // [0, 1]: tokens at least this share as likely as the likeliest
  float repetition_penalty = 1;  // > 0; of prompt and answer. arXiv 1909.05858
  float presence_penalty = 0;    // [-2, 2]; once for a token that the answer holds
  float frequency_penalty = 0;   // [-2, 2]; for each time that the answer holds it
  uint64_t seed = 0;             // the same seed, prompt and options give the same tokens
  std::vector<int32_t> stop_ids = {};  // a sampled one ends the answer
  bool operator==(const SamplingOptions&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("temperature", &SamplingOptions::temperature);
    v("top_k", &SamplingOptions::top_k);
    v("top_p", &SamplingOptions::top_p);
    v("min_p", &SamplingOptions::min_p);
    v("repetition_penalty", &SamplingOptions::repetition_penalty);
    v("presence_penalty", &SamplingOptions::presence_penalty);
    v("frequency_penalty", &SamplingOptions::frequency_penalty);
    v("seed", &SamplingOptions::seed);
    v("stop_ids", &SamplingOptions::stop_ids);
  }

  // Throws kInvalidArgument naming the field, what was expected and what came.
  void validate() const;
  bool is_selective() const { return top_k > 0 || top_p < 1 || min_p > 0; }
  bool has_penalties() const {
    return repetition_penalty != 1 || presence_penalty != 0 || frequency_penalty != 0;
  }
};

}  // namespace lathe::runtime
