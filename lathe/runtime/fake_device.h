// SPDX-License-Identifier: Apache-2.0
// For tests: a device whose "KV cache" is an array of token ids by block and slot, and whose logits
// are a hash of what the cache says the sequence's tokens are. So a block that is lost, shared
// wrongly or overwritten, a wrong position or a wrong row changes tokens.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "lathe/base/hash.h"
#include "lathe/base/random.h"
#include "lathe/runtime/executor.h"
#include "lathe/runtime/sampler/sample.h"

namespace lathe::runtime::testing {

inline constexpr int64_t kVocab = 61;
inline constexpr int64_t kBlockSize = 4;

class FakeDevice {
 public:
  explicit FakeDevice(int64_t num_blocks)
      : cache_(static_cast<size_t>(num_blocks * kBlockSize), -1) {}

  StepFunction step() {
    return [this](StepBatch& batch) { return run(batch); };
  }
  // Draws as sample() does. Holds the tokens of two draws, as a session does.
  DrawFunctions draws_functions() {
    return {.run = [this](StepBatch& batch, auto rows) { return draw(batch, rows); },
            .tokens = [this](exec::DrawTicket ticket) { return tokens(ticket); },
            .most_seen = most_seen};
  }
  int64_t steps = 0;
  int64_t draws = 0;  // of these
  int64_t most_seen = 0;
  int64_t draws_in_flight = 0, most_in_flight = 0;
  int64_t largest_step = 0;
  int64_t mixed_steps = 0;    // with contexts and generations
  int64_t fail_at_step = -1;  // throws there
  int32_t poison = -1;        // a sequence that holds this token gets logits that are NaN

 private:
  std::span<float> run(StepBatch& batch) {
    if (steps++ == fail_at_step) fail(ErrorCode::kUnavailable, "the device fell off the bus");
    largest_step = std::max(largest_step, batch.num_tokens());
    logits_.assign(static_cast<size_t>(batch.num_logit_rows() * kVocab), 0);
    write(batch);
    bool context = false, generation = false;
    size_t row = 0;
    for (int64_t i = 0; i < batch.num_sequences(); ++i) {
      const auto at = static_cast<size_t>(i);
      const int32_t count = batch.cu_q_lengths()[at + 1] - batch.cu_q_lengths()[at];
      (count > 1 ? context : generation) = true;
      const bool wanted = row < batch.logit_rows().size() &&
                          batch.logit_rows()[row] == batch.cu_q_lengths()[at + 1] - 1;
      if (wanted) fill_row(read(batch, i), row++);
    }
    EXPECT_EQ(row, batch.logit_rows().size());
    mixed_steps += context && generation ? 1 : 0;
    return logits_;
  }

  exec::DrawTicket draw(StepBatch& batch, std::span<const exec::RowDraw> rows) {
    const std::span<float> logits = run(batch);
    EXPECT_EQ(static_cast<int64_t>(rows.size()), batch.num_logit_rows());
    std::vector<Candidate> scratch(kVocab);
    drawn_.clear();
    for (size_t i = 0; i < rows.size(); ++i) {
      const SamplingOptions options{.temperature = rows[i].temperature,
                                    .top_k = rows[i].top_k,
                                    .top_p = rows[i].top_p,
                                    .min_p = rows[i].min_p,
                                    .repetition_penalty = rows[i].repetition_penalty,
                                    .presence_penalty = rows[i].presence_penalty,
                                    .frequency_penalty = rows[i].frequency_penalty,
                                    .seed = rows[i].seed};
      std::vector<SeenToken>& seen = seen_[i];
      if (rows[i].seen) seen.assign(rows[i].seen->begin(), rows[i].seen->end());
      drawn_.push_back(sample(logits.subspan(i * kVocab, kVocab),
                              {.options = options, .seen = seen, .position = rows[i].position},
                              scratch)
                           .value_or(-1));
      if (rows[i].has_penalties()) remember(seen, drawn_.back());
    }
    ++draws;
    most_in_flight = std::max(most_in_flight, ++draws_in_flight);
    EXPECT_LE(draws_in_flight, 2) << "the tokens of a draw are lost";
    parcels_[++sent_] = drawn_;
    return sent_;
  }

  void remember(std::vector<SeenToken>& seen, int32_t token) const {
    const auto found = std::ranges::find(seen, token, &SeenToken::id);
    if (found != seen.end()) {
      ++found->generated;
    } else if (token >= 0) {
      seen.push_back({token, 1});
      EXPECT_LE(std::ssize(seen), most_seen);
    }
  }

  std::span<const int32_t> tokens(exec::DrawTicket ticket) {
    --draws_in_flight;
    return parcels_.at(ticket);
  }

  // What the device has where the host does not know the token yet.
  int32_t known(int32_t id) const {
    if (id >= 0) return id;
    const int32_t row = ~id;
    return std::max(0, drawn_.at(static_cast<size_t>(row)));
  }

  size_t slot(StepBatch& batch, int64_t sequence, int64_t position) {
    const auto block = batch.block_tables()[static_cast<size_t>(sequence * batch.table_width() +
                                                                position / kBlockSize)];
    return static_cast<size_t>(block * kBlockSize + position % kBlockSize);
  }

  void write(StepBatch& batch) {
    for (int64_t i = 0; i < batch.num_sequences(); ++i) {
      const auto at = static_cast<size_t>(i);
      const int32_t begin = batch.cu_q_lengths()[at], end = batch.cu_q_lengths()[at + 1];
      EXPECT_EQ(batch.positions()[static_cast<size_t>(end - 1)] + 1, batch.kv_lengths()[at]);
      for (int32_t t = begin; t < end; ++t) {
        const auto token = static_cast<size_t>(t);
        EXPECT_GE(batch.lengths()[token], batch.positions()[token] + 1);
        cache_[slot(batch, i, batch.positions()[token])] = known(batch.token_ids()[token]);
      }
    }
  }

  std::vector<int32_t> read(StepBatch& batch, int64_t sequence) {
    std::vector<int32_t> tokens;
    for (int64_t p = 0; p < batch.kv_lengths()[static_cast<size_t>(sequence)]; ++p) {
      tokens.push_back(cache_.at(slot(batch, sequence, p)));
    }
    return tokens;
  }

  void fill_row(const std::vector<int32_t>& tokens, size_t row) {
    const uint64_t state = hash64(std::as_bytes(std::span(tokens)));
    const bool bad = std::ranges::find(tokens, poison) != tokens.end();
    for (int64_t v = 0; v < kVocab; ++v) {
      logits_[row * kVocab + static_cast<size_t>(v)] =
          bad ? std::nanf("") : normal_at(state, 0, static_cast<uint64_t>(v)) * 2;
    }
  }

  std::vector<int32_t> cache_;
  std::vector<float> logits_;
  std::vector<int32_t> drawn_;
  std::map<size_t, std::vector<SeenToken>> seen_;  // by row
  std::map<exec::DrawTicket, std::vector<int32_t>> parcels_;
  exec::DrawTicket sent_ = 0;
};

struct Answer {
  std::vector<int32_t> tokens;
  std::optional<Finish> finish;
  int finishes = 0;
};

inline Listener record(Answer& answer) {
  return [&answer](const Event& event) {
    EXPECT_FALSE(answer.finish) << "an event after the end";
    if (event.token) answer.tokens.push_back(*event.token);
    if (event.finish) {
      answer.finish = event.finish;
      ++answer.finishes;
    }
    return Reply::kGoOn;
  };
}

inline ExecutorOptions small_options() {
  return {.limits = {.max_batch_size = 5,
                     .max_num_tokens = 16,
                     .max_seq_len = 48,
                     .block_size = kBlockSize,
                     .num_blocks = 40},
          .vocab = kVocab};
}

inline std::vector<int32_t> prompt_of(uint64_t seed, int64_t length) {
  std::vector<int32_t> prompt;
  for (int64_t i = 0; i < length; ++i) {
    prompt.push_back(static_cast<int32_t>(uniform_at(seed, 0, static_cast<uint64_t>(i)) * kVocab));
  }
  return prompt;
}

inline void run_until_idle(Executor& executor) {
  for (int i = 0; executor.step(); ++i) {
    ASSERT_NO_THROW(executor.check());
    ASSERT_LT(i, 100000) << "no progress";
  }
}

}  // namespace lathe::runtime::testing
