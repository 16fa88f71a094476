// SPDX-License-Identifier: Apache-2.0
// What an Executor is made of. executor.cc holds a step's course, run_ahead.cc what is done where
// the device draws the tokens.
#pragma once

#include <atomic>
#include <deque>

#include "lathe/runtime/executor.h"
#include "lathe/runtime/inbox.h"
#include "lathe/runtime/sampler/sample.h"
#include "lathe/runtime/scheduler/plan_step.h"
#include "lathe/runtime/sequence.h"

namespace lathe::runtime {

// A step whose tokens the device draws, and the host has not seen yet.
struct StepInFlight {
  struct Entry {
    RequestId id;
    int64_t num_tokens;  // that the step caches
    bool draws;          // has a row, the next in order
  };
  exec::DrawTicket ticket = 0;
  std::vector<Entry> entries;
};

class Executor::Body {
 public:
  Body(StepFunction run_step, const ExecutorOptions& options);

  RequestId submit(Request request, Listener listener);

  bool step();
  ExecutorStats stats() const;
  void check() const;

  Inbox inbox;

 private:
  bool drain();
  void receive(Submitted&& submitted);
  void receive(const Cancel& cancel);
  Snapshot snapshot();
  int64_t max_total(const Request& request) const;
  void refuse(const RefusedRequest& refused);
  void admit(RequestId id);
  Submitted take_queued(RequestId id);
  void fill_batch(const StepPlan& plan);
  void run_batch(const StepPlan& plan);
  void collect(Sequence& sequence, std::span<float> logits);
  void take(Sequence& sequence, std::optional<int32_t> token);
  bool can_draw(const StepPlan& plan);
  void launch(const StepPlan& plan);
  void launch_batch(StepInFlight step);
  bool can_run_ahead();
  void run_ahead();
  void land(const StepInFlight& step);
  bool land_in_flight();
  void count_step();
  Sequence* find_running(RequestId id);
  void end(Sequence& sequence, Finish finish, std::optional<int32_t> token = {});
  void forget_finished();
  void die(const Error& error);
  Sequence& running(RequestId id);

  StepFunction run_step_;
  ExecutorOptions options_;
  std::atomic<uint64_t> next_id_{1};
  std::deque<Submitted> queued_;
  KvCache cache_;
  std::vector<std::unique_ptr<Sequence>> running_;  // in order of admission
  std::vector<RequestId> finished_;                 // of running_, to be forgotten
  StepBatch batch_;
  std::optional<StepInFlight> in_flight_;
  std::vector<exec::RowDraw> rows_;
  std::vector<Candidate> scratch_;
  std::optional<Error> dead_;
  int64_t steps_ = 0;
  int64_t tokens_ = 0;
};

}  // namespace lathe::runtime
