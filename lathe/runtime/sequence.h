// SPDX-License-Identifier: Apache-2.0
// One running stream of tokens: what is known, what is cached, where. The executor's thread owns
// it.
#pragma once

#include <optional>
#include <utility>

#include "lathe/runtime/kv/block_table.h"
#include "lathe/runtime/request.h"
#include "lathe/runtime/sampler/token_counts.h"
#include "lathe/runtime/scheduler/snapshot.h"

namespace lathe::runtime {

// A request that waits or runs.
struct Submitted {
  RequestId id{};
  Request request;
  Listener listener;
};

class Sequence {
 public:
  // `blocks` hold the first `num_cached` tokens of the prompt.
  Sequence(Submitted submitted, BlockTable blocks, int64_t num_cached, int64_t max_total);

  RequestId id() const { return submitted_.id; }
  const SamplingOptions& sampling() const { return submitted_.request.sampling; }
  const Listener& listener() const { return submitted_.listener; }
  std::span<const int32_t> tokens() const { return tokens_; }
  int64_t num_tokens() const { return static_cast<int64_t>(tokens_.size()); }
  int64_t num_cached() const { return num_cached_; }
  int64_t num_generated() const { return num_tokens() - prompt_tokens_; }
  int64_t max_total() const { return max_total_; }
  bool in_context_phase() const { return num_generated() == 0; }
  std::span<const SeenToken> seen() const { return counts_.seen(); }
  BlockTable& blocks() { return blocks_; }
  const BlockTable& blocks() const { return blocks_; }

  void mark_cached(int64_t num_tokens) { num_cached_ += num_tokens; }
  // Takes a sampled token; says why that was the last one, if it was.
  std::optional<FinishReason> append(int32_t token);

  SequenceView view() const;
  Finish finish(FinishReason reason) const;

 private:
  Submitted submitted_;
  BlockTable blocks_;
  std::vector<int32_t> tokens_;
  TokenCounts counts_;  // filled where a penalty is on
  int64_t prompt_tokens_;
  int64_t reused_tokens_;
  int64_t num_cached_;
  int64_t max_total_;
};

}  // namespace lathe::runtime
