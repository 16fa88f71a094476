// SPDX-License-Identifier: Apache-2.0
#include "lathe/runtime/forced_run.h"

#include <algorithm>
#include <numeric>

#include "lathe/base/random.h"
#include "lathe/kernels/sample/vocabulary.h"
#include "lathe/ops/step_inputs.h"
#include "lathe/runtime/step_batch.h"

namespace lathe::runtime {

namespace {

int64_t length_of(const ForcedSequence& sequence) { return std::ssize(sequence.tokens); }

int64_t blocks_of(const ForcedSequence& sequence, int64_t block_size) {
  return (length_of(sequence) + block_size - 1) / block_size;
}

int64_t total_blocks(std::span<const ForcedSequence> sequences, int64_t block_size) {
  return std::accumulate(sequences.begin(), sequences.end(), int64_t{0},
                         [&](int64_t sum, const ForcedSequence& sequence) {
                           return sum + blocks_of(sequence, block_size);
                         });
}

void check_sequence(const ForcedSequence& sequence, int64_t max_seq_len, int64_t vocab) {
  if (sequence.tokens.empty()) fail(ErrorCode::kInvalidArgument, "expected tokens, got none");
  if (length_of(sequence) > max_seq_len) {
    fail(ErrorCode::kResourceExhausted, "the prompt has ", length_of(sequence),
         " tokens; the maximum context length is ", max_seq_len, " tokens");
  }
  if (sequence.generated < 0 || sequence.generated > length_of(sequence)) {
    fail(ErrorCode::kInvalidArgument, "generated: expected 0 to ", length_of(sequence),
         ", the number of tokens, got ", sequence.generated);
  }
  check_token_ids(sequence.tokens, vocab);
}

// 0 … count-1, in order or shuffled (Fisher-Yates).
std::vector<BlockId> block_order(int64_t count, std::optional<uint64_t> seed) {
  std::vector<BlockId> order;
  for (int64_t i = 0; i < count; ++i) order.push_back(static_cast<BlockId>(i));
  for (int64_t i = count - 1; seed && i > 0; --i) {
    const uint64_t random = philox(*seed, 0, static_cast<uint64_t>(i))[0];
    std::swap(order[static_cast<size_t>(i)], order[random % static_cast<uint64_t>(i + 1)]);
  }
  return order;
}

class ForcedRun {
 public:
  ForcedRun(exec::Session& session, std::span<const ForcedSequence> sequences,
            const ForcedOptions& options)
      : session_(session),
        sequences_(sequences),
        options_(options),
        max_num_tokens_(session.options().limits.find(ops::kTokens)->second) {
    const int64_t block_size = session.plan().block_size;
    blocks_ = block_order(total_blocks(sequences, block_size), options.shuffle);
    const bool any_generated = std::ranges::any_of(
        sequences, [](const ForcedSequence& sequence) { return sequence.generated > 0; });
    std::span<const BlockId> left = blocks_;
    int64_t late = 0;
    for (const ForcedSequence& sequence : sequences) {
      const auto count = static_cast<size_t>(blocks_of(sequence, block_size));
      const bool waits = any_generated && sequence.generated == 0;
      progress_.push_back({.starts_at = waits ? ++late : 0, .blocks = left.first(count)});
      left = left.subspan(count);
    }
  }

  void run(const LogitSink& sink) {
    const StepFunction step = session_step(session_);
    for (int64_t number = 0; fill(number); ++number) {
      if (!batch_.empty()) deliver(step(batch_), sink);
    }
  }

 private:
  static void check_finite(int64_t position, std::span<const float> logits) {
    if (kernels::greatest_logit(logits)) return;
    fail(ErrorCode::kInternal, "the logits after token ", position + 1, " are not finite");
  }

  struct Progress {
    int64_t starts_at = 0;  // step
    std::span<const BlockId> blocks = {};
    int64_t done = 0;
    int64_t taken = 0;  // in this step
  };

  int64_t next_count(const ForcedSequence& sequence, int64_t done, int64_t budget) const {
    const int64_t context = length_of(sequence) - sequence.generated;
    if (done >= context) return std::min<int64_t>(1, budget);
    const int64_t most = options_.chunk > 0 ? std::min(options_.chunk, budget) : budget;
    return std::min(context - done, most);
  }

  // False once every token is done.
  bool fill(int64_t number) {
    batch_.clear();
    bool more = false;
    int64_t budget = max_num_tokens_;
    for (size_t i = 0; i < sequences_.size(); ++i) {
      const ForcedSequence& sequence = sequences_[i];
      Progress& progress = progress_[i];
      progress.taken = 0;
      if (progress.done == length_of(sequence)) continue;
      more = true;
      if (number < progress.starts_at || budget == 0) continue;
      progress.taken = next_count(sequence, progress.done, budget);
      budget -= progress.taken;
      const bool wanted = progress.done + progress.taken > sequence.first_wanted;
      batch_.add({.tokens = sequence.tokens,
                  .begin = progress.done,
                  .count = progress.taken,
                  .length = length_of(sequence),
                  .blocks = progress.blocks,
                  .logits = wanted ? LogitRows::kAll : LogitRows::kNone});
    }
    return more;
  }

  void deliver(std::span<float> logits, const LogitSink& sink) {
    const size_t rows = static_cast<size_t>(batch_.num_logit_rows());
    const size_t vocab = rows == 0 ? 0 : logits.size() / rows;
    for (size_t i = 0; i < sequences_.size(); ++i) {
      Progress& progress = progress_[i];
      const int64_t first_wanted = sequences_[i].first_wanted;
      const int64_t end = progress.done + progress.taken;
      for (; progress.done < end; ++progress.done) {
        if (end <= first_wanted) continue;
        if (progress.done >= first_wanted) {
          check_finite(progress.done, logits.first(vocab));
          sink(i, progress.done, logits.first(vocab));
        }
        logits = logits.subspan(vocab);
      }
    }
  }

  exec::Session& session_;
  std::span<const ForcedSequence> sequences_;
  ForcedOptions options_;
  int64_t max_num_tokens_;
  std::vector<BlockId> blocks_;
  std::vector<Progress> progress_;
  StepBatch batch_;
};

}  // namespace

exec::SessionOptions forced_session(const exec::Engine& engine,
                                    std::span<const ForcedSequence> sequences,
                                    const RunLimits& limits) {
  RunLimits run = limits;
  run.max_batch_size = std::ssize(sequences);
  StepLimits step = step_limits(engine, run);
  int64_t tokens = 0, longest = 0;
  for (const ForcedSequence& sequence : sequences) {
    check_sequence(sequence, step.max_seq_len, engine.manifest().model.vocab);
    tokens += length_of(sequence);
    longest = std::max(longest, length_of(sequence));
  }
  const int64_t blocks = total_blocks(sequences, step.block_size);
  if (blocks > step.num_blocks) {
    fail(ErrorCode::kOutOfMemory, "the KV cache holds ", step.num_blocks, " blocks of ",
         step.block_size, " tokens, the sequences need ", blocks);
  }
  step.num_blocks = blocks;
  step.max_num_tokens = std::min(step.max_num_tokens, tokens);
  step.max_seq_len = longest;
  return session_options(step, step.max_num_tokens);
}

void run_forced(exec::Session& session, std::span<const ForcedSequence> sequences,
                const ForcedOptions& options, const LogitSink& sink) {
  ForcedRun(session, sequences, options).run(sink);
}

}  // namespace lathe::runtime
