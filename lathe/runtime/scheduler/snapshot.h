// SPDX-License-Identifier: Apache-2.0
// What a scheduling policy may look at: plain copies, so that a plan is a pure function.
#pragma once

#include <cstdint>
#include <vector>

#include "lathe/runtime/ids.h"

namespace lathe::runtime {

struct SequenceView {
  RequestId id{};
  int64_t num_tokens = 0;  // known: prompt and generated
  int64_t num_cached = 0;  // in the KV cache; of a queued one: what it would share at once
  int64_t max_total = 0;   // tokens it may grow to
  int64_t num_blocks = 0;  // held
  int64_t pending() const { return num_tokens - num_cached; }
};

struct StepLimits {
  int64_t max_batch_size = 64;    // sequences of a step
  int64_t max_num_tokens = 8192;  // tokens of a step
  int64_t max_seq_len = 0;        // tokens of a sequence, prompt and answer
  int64_t block_size = 64;
  int64_t num_blocks = 0;  // of the whole KV cache
};

struct Snapshot {
  std::vector<SequenceView> running;  // in order of admission
  std::vector<SequenceView> queued;   // in order of submission, the first max_batch_size
  int64_t available_blocks = 0;       // free, or held by the prefix tree alone
  StepLimits limits;
};

}  // namespace lathe::runtime
