// SPDX-License-Identifier: Apache-2.0
// Passes over one row of logits, for samplers on the CPU: one pass each, nothing is sorted, nothing
// allocated. Bound by reading the row. The best class of the machine is taken, once a process; the
// results are the same in all of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace lathe::kernels {

struct GreatestLogit {
  int32_t id = 0;
  float value = 0;
};

// The greatest, the lowest id of equals. Empty where it is not finite, a NaN is among them, or
// there are none.
std::optional<GreatestLogit> greatest_logit(std::span<const float> logits);

// logits[i] = (logits[i] - greatest) * inverse_temperature, weights[i] = exp(logits[i]); gives the
// sum of the weights, summed along the row (kernels/README.md). REQUIRES: equal sizes.
float weigh_logits(std::span<float> logits, float greatest, float inverse_temperature,
                   std::span<float> weights);

// How many values are at least `bound`.
int64_t count_at_least(std::span<const float> values, float bound);

// The k-th greatest value, k from 1 to values.size(), by halving the values' bits: at most 32
// passes, fewer where few values are near. REQUIRES: no NaN.
float kth_greatest(std::span<const float> values, int64_t k);

}  // namespace lathe::kernels
