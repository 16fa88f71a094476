// SPDX-License-Identifier: Apache-2.0
#include "lathe/runtime/sampler/sample.h"

#include <algorithm>
#include <cmath>

#include "lathe/base/random.h"
#include "lathe/kernels/sample/vocabulary.h"

namespace lathe::runtime {

namespace {

// The sampler's stream of random numbers, apart from those that draw dummy weights.
constexpr uint64_t kSamplerStream = 0x73616d706c657230;

bool likelier(const Candidate& a, const Candidate& b) {
  return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
}

bool has_lower_id(const Candidate& a, const Candidate& b) { return a.id < b.id; }

double total_weight(std::span<const Candidate> candidates) {
  double total = 0;
  for (const Candidate& candidate : candidates) total += candidate.weight;
  return total;
}

size_t keep_top_k(std::span<Candidate> candidates, int32_t top_k) {
  const auto k = static_cast<size_t>(top_k);
  if (top_k == 0 || k >= candidates.size()) return candidates.size();
  std::nth_element(candidates.begin(), candidates.begin() + static_cast<ptrdiff_t>(k) - 1,
                   candidates.end(), likelier);
  return k;
}

// Puts the likeliest tokens that together weigh at least `wanted` to the front: a quickselect that
// goes by weight instead of by rank.
size_t keep_weight(std::span<Candidate> candidates, double wanted) {
  size_t begin = 0, end = candidates.size();
  while (end - begin > 1) {
    const Candidate pivot = candidates[begin + (end - begin) / 2];
    const auto first = candidates.begin() + static_cast<ptrdiff_t>(begin);
    const auto last = candidates.begin() + static_cast<ptrdiff_t>(end);
    const auto middle =
        std::partition(first, last, [&](const Candidate& c) { return !likelier(pivot, c); });
    const auto count = static_cast<size_t>(middle - first);  // the pivot and all before it
    const double weight = total_weight({first, middle});
    if (weight < wanted) {
      wanted -= weight;
      begin += count;
      continue;
    }
    // The pivot is the last of the front part; without it the rest may still suffice.
    std::iter_swap(
        std::find_if(first, middle, [&](const Candidate& c) { return c.id == pivot.id; }),
        middle - 1);
    if (weight - pivot.weight < wanted) return begin + count;
    end = begin + count - 1;
  }
  return std::min(begin + 1, candidates.size());
}

size_t keep_min_p(std::span<Candidate> candidates, float min_p) {
  const auto middle = std::partition(candidates.begin(), candidates.end(),
                                     [&](const Candidate& c) { return c.weight >= min_p; });
  return std::max<size_t>(1, static_cast<size_t>(middle - candidates.begin()));
}

// The token at `point` of the line on which the candidates lie side by side, in the order of their
// ids.
int32_t pick(std::span<const Candidate> candidates, double point) {
  for (const Candidate& candidate : candidates) {
    point -= candidate.weight;
    if (point < 0) return candidate.id;
  }
  return candidates.back().id;
}

}  // namespace

void apply_penalties(std::span<float> logits, std::span<const SeenToken> seen,
                     const SamplingOptions& options) {
  for (const SeenToken& token : seen) {
    if (token.id < 0 || static_cast<size_t>(token.id) >= logits.size()) continue;
    float& logit = logits[static_cast<size_t>(token.id)];
    logit = logit > 0 ? logit / options.repetition_penalty : logit * options.repetition_penalty;
    if (token.generated == 0) continue;
    logit -=
        options.presence_penalty + options.frequency_penalty * static_cast<float>(token.generated);
  }
}

size_t keep_likely(std::span<Candidate> candidates, const SamplingOptions& options) {
  size_t kept = keep_top_k(candidates, options.top_k);
  if (options.top_p < 1) {
    const std::span<Candidate> left = candidates.first(kept);
    kept = keep_weight(left, static_cast<double>(options.top_p) * total_weight(left));
  }
  return options.min_p > 0 ? keep_min_p(candidates.first(kept), options.min_p) : kept;
}

double uniform_draw(uint64_t seed, int64_t position) {
  const std::array<uint32_t, 4> words =
      philox(seed, kSamplerStream, static_cast<uint64_t>(position));
  const uint64_t bits = (static_cast<uint64_t>(words[0]) << 32 | words[1]) >> 11;
  return static_cast<double>(bits) * 0x1p-53;
}

std::optional<int32_t> sample(std::span<float> logits, const SampleInputs& inputs,
                              std::span<Candidate> scratch) {
  const SamplingOptions& options = inputs.options;
  LATHE_CHECK(scratch.size() >= logits.size(), "scratch too small", scratch.size(), logits.size());
  if (options.has_penalties()) apply_penalties(logits, inputs.seen, options);
  const std::optional<kernels::GreatestLogit> greatest = kernels::greatest_logit(logits);
  if (!greatest) return std::nullopt;
  if (options.temperature == 0) return greatest->id;

  for (size_t i = 0; i < logits.size(); ++i) {
    logits[i] = (logits[i] - greatest->value) / options.temperature;
    scratch[i] = {.logit = logits[i], .weight = std::exp(logits[i]), .id = static_cast<int32_t>(i)};
  }
  const std::span<Candidate> candidates = scratch.first(logits.size());
  const std::span<Candidate> kept = candidates.first(keep_likely(candidates, options));
  if (options.is_selective()) std::sort(kept.begin(), kept.end(), has_lower_id);
  return pick(kept, uniform_draw(options.seed, inputs.position) * total_weight(kept));
}

}  // namespace lathe::runtime
