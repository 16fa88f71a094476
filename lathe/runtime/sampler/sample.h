// SPDX-License-Identifier: Apache-2.0
// One token from one row of logits. Pure functions over spans: no state, no allocation, no sorting
// of the vocabulary. What is kept lies side by side in the order of ids, each token as long as it
// is likely, and the draw falls on one: kernels/sample/cuda_sample.h does the same on a GPU.
//
//   std::vector<Candidate> scratch(vocab);
//   std::optional<int32_t> token = sample(row, {options, counts.seen(), position}, scratch);
//
// The draw is by (seed, position) alone, so it does not depend on the batch. Costs O(vocab).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "lathe/runtime/sampler/token_counts.h"
#include "lathe/runtime/sampling_options.h"

namespace lathe::runtime {

// A token with its scaled logit and its unnormalised probability, exp(logit - the greatest).
struct Candidate {
  float logit = 0;
  float weight = 0;
  int32_t id = 0;
};

struct SampleInputs {
  const SamplingOptions& options;   // REQUIRES: valid
  std::span<const SeenToken> seen;  // may be empty where no penalty is on
  int64_t position = 0;             // of the token to come, within its sequence
};

// `logits` [vocab] is overwritten with what penalties and temperature make of it; `scratch` holds
// at least vocab candidates. Minus infinity bans a token. Empty where the greatest logit is not
// finite or one is NaN.
std::optional<int32_t> sample(std::span<float> logits, const SampleInputs& inputs,
                              std::span<Candidate> scratch);

// The parts, for tests and for those who need one.

// repetition: positive logits are divided, negative ones multiplied. presence, frequency:
// subtracted.
void apply_penalties(std::span<float> logits, std::span<const SeenToken> seen,
                     const SamplingOptions& options);

// Moves the tokens that top-k, top-p and min-p keep to the front of `candidates`, in no order, and
// returns how many. At least one stays. Equal logits are ordered by id.
size_t keep_likely(std::span<Candidate> candidates, const SamplingOptions& options);

// Uniform in [0, 1) with 53 bits.
double uniform_draw(uint64_t seed, int64_t position);

}  // namespace lathe::runtime
