// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "lathe/runtime/executor_body.h"

namespace lathe::runtime {

namespace {

void validate(const Request& request, int64_t vocab) {
  request.sampling.validate();
  if (request.prompt.empty()) fail(ErrorCode::kInvalidArgument, "the prompt has no tokens");
  if (request.max_tokens < 0) {
    fail(ErrorCode::kInvalidArgument, "max_tokens: expected 0 or more, got ", request.max_tokens);
  }
  check_token_ids(request.prompt, vocab);
}

Finish finish_with(Error error) {
  Finish finish{.reason = FinishReason::kError};
  finish.error = std::move(error);
  return finish;
}

}  // namespace

Executor::Body::Body(StepFunction run_step, const ExecutorOptions& options)
    : run_step_(std::move(run_step)),
      options_(options),
      cache_({.num_blocks = options.limits.num_blocks,
              .block_size = options.limits.block_size,
              .reuse = options.reuse}),
      scratch_(static_cast<size_t>(options.vocab)) {}

RequestId Executor::Body::submit(Request request, Listener listener) {
  validate(request, options_.vocab);
  const RequestId id{next_id_++};
  inbox.push(Submitted{id, std::move(request), std::move(listener)});
  return id;
}

// Whether there was a message.
bool Executor::Body::drain() {
  std::vector<Message> messages = inbox.drain();
  for (Message& message : messages) {
    std::visit([&](auto& content) { receive(std::move(content)); }, message);
  }
  return !messages.empty();
}

void Executor::Body::receive(Submitted&& submitted) {
  if (dead_) {
    submitted.listener({.request = submitted.id, .finish = finish_with(*dead_)});
  } else {
    queued_.push_back(std::move(submitted));
  }
}

void Executor::Body::receive(const Cancel& cancel) {
  for (const std::unique_ptr<Sequence>& sequence : running_) {
    if (sequence->id() == cancel.id) end(*sequence, sequence->finish(FinishReason::kCancelled));
  }
  const auto waiting = std::ranges::find(queued_, cancel.id, &Submitted::id);
  if (waiting != queued_.end()) {
    const Submitted submitted = take_queued(cancel.id);
    submitted.listener(
        {.request = cancel.id, .finish = Finish{.reason = FinishReason::kCancelled}});
  }
  forget_finished();
}

int64_t Executor::Body::max_total(const Request& request) const {
  const StepLimits& limits = options_.limits;
  const int64_t room = std::min(limits.max_seq_len, limits.num_blocks * limits.block_size);
  const auto prompt = static_cast<int64_t>(request.prompt.size());
  const bool bounded = request.max_tokens > 0 && request.max_tokens < room - prompt;
  return bounded ? prompt + request.max_tokens : room;
}

Snapshot Executor::Body::snapshot() {
  Snapshot snapshot{.running = {},
                    .queued = {},
                    .available_blocks = cache_.num_available(),
                    .limits = options_.limits};
  for (const std::unique_ptr<Sequence>& sequence : running_) {
    snapshot.running.push_back(sequence->view());
  }
  for (const Submitted& waiting : queued_) {
    if (std::ssize(snapshot.queued) == options_.limits.max_batch_size) break;
    const std::vector<int32_t>& prompt = waiting.request.prompt;
    snapshot.queued.push_back({.id = waiting.id,
                               .num_tokens = static_cast<int64_t>(prompt.size()),
                               .num_cached = cache_.num_reusable(prompt),
                               .max_total = max_total(waiting.request)});
  }
  return snapshot;
}

Submitted Executor::Body::take_queued(RequestId id) {
  const auto found = std::ranges::find(queued_, id, &Submitted::id);
  LATHE_CHECK(found != queued_.end(), "no such request is queued", static_cast<uint64_t>(id));
  Submitted submitted = std::move(*found);
  queued_.erase(found);
  return submitted;
}

void Executor::Body::refuse(const RefusedRequest& refused) {
  const Submitted submitted = take_queued(refused.id);
  submitted.listener({.request = refused.id,
                      .finish = finish_with(Error(ErrorCode::kResourceExhausted, refused.why))});
}

void Executor::Body::admit(RequestId id) {
  Submitted submitted = take_queued(id);
  KvCache::Opened opened = cache_.open(submitted.request.prompt);
  const int64_t total = max_total(submitted.request);
  running_.push_back(std::make_unique<Sequence>(std::move(submitted), std::move(opened.table),
                                                opened.num_cached, total));
}

Sequence* Executor::Body::find_running(RequestId id) {
  const auto found = std::ranges::find_if(
      running_, [&](const std::unique_ptr<Sequence>& sequence) { return sequence->id() == id; });
  return found == running_.end() ? nullptr : found->get();
}

Sequence& Executor::Body::running(RequestId id) {
  Sequence* sequence = find_running(id);
  LATHE_CHECK(sequence != nullptr, "no such sequence runs", static_cast<uint64_t>(id));
  return *sequence;
}

void Executor::Body::fill_batch(const StepPlan& plan) {
  batch_.clear();
  for (const ScheduledTokens& scheduled : plan.scheduled) {
    Sequence& sequence = running(scheduled.id);
    const int64_t end = sequence.num_cached() + scheduled.num_tokens;
    LATHE_CHECK(cache_.grow(sequence.blocks(), end), "a promised block is missing", end);
    const bool last = end == sequence.num_tokens();
    batch_.add({.tokens = sequence.tokens(),
                .begin = sequence.num_cached(),
                .count = scheduled.num_tokens,
                .length = sequence.in_context_phase() ? sequence.num_tokens() : 0,
                .blocks = sequence.blocks().ids(),
                .logits = last ? LogitRows::kLast : LogitRows::kNone});
  }
}

void Executor::Body::run_batch(const StepPlan& plan) {
  const std::span<float> logits = run_step_(batch_);
  const auto vocab = static_cast<size_t>(options_.vocab);
  LATHE_CHECK(logits.size() == static_cast<size_t>(batch_.num_logit_rows()) * vocab,
              "the step gave another number of logits", logits.size(), batch_.num_logit_rows(),
              vocab);
  count_step();
  size_t row = 0;
  for (const ScheduledTokens& scheduled : plan.scheduled) {
    Sequence& sequence = running(scheduled.id);
    sequence.mark_cached(scheduled.num_tokens);
    if (sequence.num_cached() < sequence.num_tokens()) continue;
    collect(sequence, logits.subspan(row * vocab, vocab));
    ++row;
  }
}

void Executor::Body::count_step() {
  ++steps_;
  tokens_ += batch_.num_tokens();
}

void Executor::Body::collect(Sequence& sequence, std::span<float> logits) {
  take(sequence, sample(logits,
                        {.options = sequence.sampling(),
                         .seen = sequence.seen(),
                         .position = sequence.num_tokens()},
                        scratch_));
}

// Gives a sequence its next token and tells its listener.
void Executor::Body::take(Sequence& sequence, std::optional<int32_t> token) {
  if (sequence.in_context_phase()) cache_.publish(sequence.tokens(), sequence.blocks());
  if (!token) {
    Finish finish = sequence.finish(FinishReason::kError);
    finish.error = Error(ErrorCode::kInternal,
                         cat("the logits after token ", sequence.num_tokens(), " are not finite"));
    return end(sequence, std::move(finish));
  }
  const std::optional<FinishReason> reason = sequence.append(*token);
  if (reason) return end(sequence, sequence.finish(*reason), token);
  const Reply reply = sequence.listener()({.request = sequence.id(), .token = token});
  if (reply == Reply::kStop) end(sequence, sequence.finish(FinishReason::kStop));
}

void Executor::Body::end(Sequence& sequence, Finish finish, std::optional<int32_t> token) {
  const std::span<const int32_t> cached =
      sequence.tokens().first(static_cast<size_t>(sequence.num_cached()));
  if (finish.reason != FinishReason::kError) cache_.leave(cached, sequence.blocks());
  finished_.push_back(sequence.id());
  sequence.listener()({.request = sequence.id(), .token = token, .finish = std::move(finish)});
}

void Executor::Body::forget_finished() {
  if (finished_.empty()) return;
  std::erase_if(running_, [&](const std::unique_ptr<Sequence>& sequence) {
    return std::ranges::find(finished_, sequence->id()) != finished_.end();
  });
  finished_.clear();
}

void Executor::Body::die(const Error& error) {
  dead_ = error;
  in_flight_.reset();
  forget_finished();
  for (const std::unique_ptr<Sequence>& sequence : std::exchange(running_, {})) {
    Finish finish = sequence->finish(FinishReason::kError);
    finish.error = error;
    sequence->listener()({.request = sequence->id(), .finish = std::move(finish)});
  }
  for (const Submitted& waiting : std::exchange(queued_, {})) {
    waiting.listener({.request = waiting.id, .finish = finish_with(error)});
  }
}

bool Executor::Body::step() {
  const bool heard = drain();
  if (running_.empty() && queued_.empty() && !in_flight_) return heard;
  try {
    if (land_in_flight()) return true;
    const StepPlan plan = plan_step(snapshot());
    for (const RefusedRequest& refused : plan.refused) refuse(refused);
    for (const RequestId id : plan.admitted) admit(id);
    if (!plan.scheduled.empty()) {
      fill_batch(plan);
      can_draw(plan) ? launch(plan) : run_batch(plan);
    }
    forget_finished();
  } catch (const Error& error) {
    die(error);
  } catch (const std::exception& error) {
    die(Error(ErrorCode::kInternal, error.what()));
  }
  return true;
}

ExecutorStats Executor::Body::stats() const {
  return {.running = static_cast<int64_t>(running_.size()),
          .queued = static_cast<int64_t>(queued_.size()),
          .steps = steps_,
          .tokens = tokens_,
          .free_blocks = cache_.pool().num_free(),
          .kept_blocks = cache_.tree().num_evictable()};
}

void Executor::Body::check() const {
  std::vector<const BlockTable*> tables;
  int64_t promised = 0;
  for (const std::unique_ptr<Sequence>& sequence : running_) {
    const int64_t held = sequence->blocks().size();
    const int64_t most = cache_.blocks_for(sequence->max_total());
    LATHE_CHECK(held >= cache_.blocks_for(sequence->num_cached()) && held <= most,
                "a table's size is out of bounds", held, sequence->num_cached(), most);
    promised += most - held;
    tables.push_back(&sequence->blocks());
  }
  cache_.check(tables);
  LATHE_CHECK(promised <= cache_.num_available(), "promised more blocks than there are", promised,
              cache_.num_available());
}

Executor::Executor(StepFunction run_step, const ExecutorOptions& options)
    : body_(std::make_unique<Body>(std::move(run_step), options)) {}

Executor::~Executor() = default;

RequestId Executor::submit(Request request, Listener listener) {
  return body_->submit(std::move(request), std::move(listener));
}

void Executor::cancel(RequestId id) { body_->inbox.push(Cancel{id}); }
bool Executor::step() { return body_->step(); }

void Executor::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (!body_->step()) body_->inbox.wait(stop);
  }
}

ExecutorStats Executor::stats() const { return body_->stats(); }
void Executor::check() const { body_->check(); }

}  // namespace lathe::runtime
