// SPDX-License-Identifier: Apache-2.0
// What a Session is on one kind of device: the seam between the CPU and a GPU. A session calls it
// from one thread; it owns arena and KV blocks.
#pragma once

#include <memory>

#include "lathe/exec/ready_step.h"
#include "lathe/exec/session.h"

namespace lathe::exec {

class SessionBody {
 public:
  virtual ~SessionBody() = default;
  // As Session::run. May return before the device is done.
  virtual void run(std::span<const NamedView> inputs, const Tap& tap) = 0;
  // As Session's. What a host that runs its kernels itself sees of them.
  virtual StepTimes run_timed(std::span<const NamedView> inputs);
  // The plan's, with what the last step chose.
  virtual std::span<const ReadyStep> steps() const = 0;
  // As Session's. A device that cannot draw says so.
  virtual bool can_draw() const { return false; }
  virtual SeenLimits seen_limits() const { return {}; }
  virtual DrawTicket run_and_draw(std::span<const NamedView> inputs, std::span<const RowDraw> rows,
                                  const Tap& tap);
  virtual std::span<const int32_t> drawn(DrawTicket ticket) const;
  // A value of the last step, on the host; waits for the device. Valid until the next run.
  virtual TensorView value(int index) = 0;
  // After all steps that were run, before all that follow.
  virtual void copy_block(int64_t from, int64_t to) = 0;
};

std::unique_ptr<SessionBody> make_cpu_body(const Engine& engine, const SessionOptions& options);
std::unique_ptr<SessionBody> make_cuda_body(const Engine& engine, const SessionOptions& options);

// A plan's sizes under the limits of a session, known before any memory is taken.
struct SessionPlan {
  SessionPlan(const Engine& engine, const SessionOptions& options);

  const engine::Plan& plan;
  size_t plan_index;
  DimBindings limits;
  SymbolTable symbols;
  std::vector<int64_t> symbol_limits;
  int64_t arena_bytes;
  std::vector<ReadyStep> steps;
};

// Places weights and states. `states`: one a state of the plan.
void place_constants(const Engine& engine, const SessionPlan& session,
                     std::span<kernels::KvCacheView* const> states, ValueViews& values);

}  // namespace lathe::exec
