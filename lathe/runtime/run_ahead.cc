// SPDX-License-Identifier: Apache-2.0
// Steps whose tokens the device draws: the host enqueues one before it has read the one before.
#include <algorithm>

#include "lathe/runtime/executor_body.h"

namespace lathe::runtime {

namespace {

exec::RowDraw row_draw(const SamplingOptions& options, int64_t position) {
  return {.temperature = options.temperature,
          .top_k = options.top_k,
          .top_p = options.top_p,
          .min_p = options.min_p,
          .seed = options.seed,
          .position = static_cast<int32_t>(position),
          .repetition_penalty = options.repetition_penalty,
          .presence_penalty = options.presence_penalty,
          .frequency_penalty = options.frequency_penalty};
}

}  // namespace

// A device draws with penalties where it can hold all tokens that the sequence ever will.
bool Executor::Body::can_draw(const StepPlan& plan) {
  return options_.draws && std::ranges::all_of(plan.scheduled, [&](const ScheduledTokens& one) {
           const Sequence& sequence = running(one.id);
           return !sequence.sampling().has_penalties() ||
                  std::min(sequence.max_total(), options_.vocab) <= options_.draws->most_seen;
         });
}

// No step is in flight: the host knows every token, and tells what penalties look at.
void Executor::Body::launch(const StepPlan& plan) {
  StepInFlight step;
  rows_.clear();
  for (const ScheduledTokens& scheduled : plan.scheduled) {
    const Sequence& sequence = running(scheduled.id);
    const bool draws = sequence.num_cached() + scheduled.num_tokens == sequence.num_tokens();
    if (draws) {
      rows_.push_back(row_draw(sequence.sampling(), sequence.num_tokens()));
      rows_.back().seen = sequence.seen();
    }
    step.entries.push_back({scheduled.id, scheduled.num_tokens, draws});
  }
  launch_batch(std::move(step));
}

void Executor::Body::launch_batch(StepInFlight step) {
  step.ticket = options_.draws->run(batch_, rows_);
  in_flight_ = std::move(step);
  count_step();
}

// Whether the next step is known without the tokens of the one in flight: all that run draw in it,
// none ends by its length, nobody waits.
bool Executor::Body::can_run_ahead() {
  if (!queued_.empty() || running_.size() != in_flight_->entries.size()) return false;
  return std::ranges::all_of(in_flight_->entries, [&](const StepInFlight::Entry& entry) {
    const Sequence* sequence = find_running(entry.id);
    return entry.draws && sequence != nullptr && sequence->num_tokens() + 1 < sequence->max_total();
  });
}

// Enqueues the step behind the one in flight, whose tokens the device alone has. The rows are those
// of that step, in its order: the device goes on with what it has seen there.
void Executor::Body::run_ahead() {
  StepInFlight step;
  batch_.clear();
  rows_.clear();
  for (const StepInFlight::Entry& entry : in_flight_->entries) {
    Sequence& sequence = running(entry.id);
    const int64_t known = sequence.num_tokens();
    LATHE_CHECK(cache_.grow(sequence.blocks(), known + 1), "a promised block is missing", known);
    batch_.add({.tokens = sequence.tokens(),
                .begin = known,
                .count = 1,
                .blocks = sequence.blocks().ids(),
                .drawn_row = std::ssize(rows_)});
    rows_.push_back(row_draw(sequence.sampling(), known + 1));
    step.entries.push_back({entry.id, 1, true});
  }
  launch_batch(std::move(step));
}

// Reads a step's tokens. Sequences that have ended since it was enqueued get none.
void Executor::Body::land(const StepInFlight& step) {
  const std::span<const int32_t> tokens = options_.draws->tokens(step.ticket);
  size_t row = 0;
  for (const StepInFlight::Entry& entry : step.entries) {
    const std::optional<size_t> drawn = entry.draws ? std::optional(row++) : std::nullopt;
    Sequence* sequence = find_running(entry.id);
    if (sequence == nullptr) continue;
    sequence->mark_cached(entry.num_tokens);
    if (!drawn) continue;
    const int32_t token = tokens[*drawn];
    take(*sequence, token < 0 ? std::nullopt : std::optional(token));
  }
  forget_finished();
}

// Reads the step in flight, after enqueueing the next where that is known: whether it was.
bool Executor::Body::land_in_flight() {
  if (!in_flight_) return false;
  const StepInFlight landing = *in_flight_;
  const bool ahead = can_run_ahead();
  if (ahead) {
    run_ahead();
  } else {
    in_flight_.reset();
  }
  land(landing);
  return ahead;
}

}  // namespace lathe::runtime
