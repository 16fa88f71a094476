// SPDX-License-Identifier: Apache-2.0
#include "lathe/runtime/sequence.h"

#include <algorithm>

namespace lathe::runtime {

Sequence::Sequence(Submitted submitted, BlockTable blocks, int64_t num_cached, int64_t max_total)
    : submitted_(std::move(submitted)),
      blocks_(std::move(blocks)),
      tokens_(std::move(submitted_.request.prompt)),
      prompt_tokens_(num_tokens()),
      reused_tokens_(num_cached),
      num_cached_(num_cached),
      max_total_(max_total) {
  if (sampling().has_penalties()) counts_.add_prompt(tokens_);
}

std::optional<FinishReason> Sequence::append(int32_t token) {
  tokens_.push_back(token);
  if (sampling().has_penalties()) counts_.add_generated(token);
  if (std::ranges::find(sampling().stop_ids, token) != sampling().stop_ids.end()) {
    return FinishReason::kStop;
  }
  if (num_tokens() >= max_total_) return FinishReason::kLength;
  return std::nullopt;
}

SequenceView Sequence::view() const {
  return {.id = id(),
          .num_tokens = num_tokens(),
          .num_cached = num_cached_,
          .max_total = max_total_,
          .num_blocks = blocks_.size()};
}

Finish Sequence::finish(FinishReason reason) const {
  return {.reason = reason,
          .error = std::nullopt,
          .prompt_tokens = prompt_tokens_,
          .reused_tokens = reused_tokens_,
          .generated_tokens = num_generated()};
}

}  // namespace lathe::runtime
