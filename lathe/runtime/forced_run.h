// SPDX-License-Identifier: Apache-2.0
// Known tokens through an engine, for their logits: evaluation, not serving. The same step inputs
// as the executor's, in whatever mixture is asked for.
//
//   std::vector<ForcedSequence> sequences = {{.tokens = ids}};
//   exec::Session session(engine, runtime::forced_session(*engine, sequences, limits));
//   runtime::run_forced(session, sequences, {.chunk = 7}, sink);
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "lathe/exec/session.h"
#include "lathe/runtime/run_limits.h"

namespace lathe::runtime {

struct ForcedSequence {
  std::vector<int32_t> tokens = {};
  int64_t generated = 0;     // the last so many enter one a step, as generated ones do
  int64_t first_wanted = 0;  // logits are wanted from this position on
};

struct ForcedOptions {
  int64_t chunk = 0;  // tokens of a sequence's context a step; 0 = as many as a step takes
  std::optional<uint64_t> shuffle = {};  // seed of the order in which blocks are given out
};

// Called once a wanted token, each sequence's in order of position. `logits` [vocab] lives until it
// returns.
using LogitSink =
    std::function<void(size_t sequence, int64_t position, std::span<const float> logits)>;

// A session that is just large enough. Throws kResourceExhausted for a sequence longer than the
// model's context, kInvalidArgument for an empty one, ids outside the vocabulary, or more generated
// tokens than there are; kOutOfMemory for more KV cache than `limits` or the machine have.
exec::SessionOptions forced_session(const exec::Engine& engine,
                                    std::span<const ForcedSequence> sequences,
                                    const RunLimits& limits);

// Runs all sequences in shared steps. Where some have generated tokens, those without begin a step
// later, one after the other, so that contexts and generations meet in one step. Throws kInternal
// where a wanted row of logits holds a NaN or no finite value at all.
void run_forced(exec::Session& session, std::span<const ForcedSequence> sequences,
                const ForcedOptions& options, const LogitSink& sink);

}  // namespace lathe::runtime
