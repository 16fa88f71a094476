// SPDX-License-Identifier: Apache-2.0
// One stream of work on an engine: owns the arena and the KV blocks, runs the plan's steps.
//
//   exec::Session session(engine, {.limits = {{"tokens", 512}, {"sequences", 8}, …},
//                                  .num_blocks = 128});
//   session.run({{"token_ids", ids.view()}, …});
//   TensorView logits = session.output("logits");
//
// Limits size the arena; a step that exceeds them is refused. The same plan runs with any limits.
// One thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "lathe/exec/engine.h"
#include "lathe/exec/input_checks.h"
#include "lathe/exec/kv_storage.h"
#include "lathe/exec/plant.h"
#include "lathe/exec/row_draw.h"
#include "lathe/exec/step_times.h"
#include "lathe/exec/value_views.h"

namespace lathe::exec {

class SessionBody;  // of one kind of device

// Called after a step of the plan has run. Views are the host's and live until the next step runs.
// On a GPU they are copies, made because there is a tap; an input that is a weight has no data.
using Tap = std::function<void(size_t step, std::span<const TensorView> inputs,
                               std::span<const TensorView> outputs)>;

struct SessionOptions {
  size_t plan = 0;
  DimBindings limits = {};  // of every symbol of the plan
  int64_t num_blocks = 0;   // KV blocks, shared by all layers
  Plant plant = {};
  std::optional<Bits> bits = {};  // the engine's, if empty; kFixed where it was loaded so
};

class Session {
 public:
  // Throws kOutOfMemory with what was needed and what there is, kInvalidArgument for a symbol
  // without a limit.
  Session(std::shared_ptr<const Engine> engine, SessionOptions options);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  // Runs one step. Every input of the plan by name, contiguous; sizes give the symbols their
  // values. KV blocks that the step's tables name are written. Allocates nothing. On a GPU it may
  // return before the step is done, but is done with the inputs. Throws kInvalidArgument naming the
  // input, what was expected and what came (an index outside what it points into among it), and
  // kResourceExhausted beyond a limit; what a kernel or
  // a launch throws gets the step's number and op.
  void run(std::span<const NamedView> inputs);
  void run(std::initializer_list<NamedView> inputs) {
    run(std::span<const NamedView>(inputs.begin(), inputs.size()));
  }

  // Runs a step kernel by kernel, graph or not, past the tap, and waits for it: what each step of
  // the plan takes. On a GPU the same step runs ahead of it, so that the device has work while the
  // host enqueues. Throws what run and output throw.
  StepTimes run_timed(std::span<const NamedView> inputs);
  StepTimes run_timed(std::initializer_list<NamedView> inputs) {
    return run_timed(std::span<const NamedView>(inputs.begin(), inputs.size()));
  }

  // On the host, valid until the next run. Waits for the step on a GPU, and throws kUnavailable
  // where it has failed. Throws kNotFound.
  TensorView output(std::string_view name) const;

  // Whether the device draws tokens from the output "logits" itself.
  bool can_draw() const;
  // What penalties may come with where it does.
  SeenLimits seen_limits() const;
  // As run, then draws a token for each row of logits by its entry of `rows`. The tokens stay on
  // the device: the next step may have drawn_token(row) for a token id before the host knows it.
  // Throws what run throws, kInvalidArgument for another number of rows and for penalties beyond
  // seen_limits, and kUnsupported where the device does not draw.
  DrawTicket run_and_draw(std::span<const NamedView> inputs, std::span<const RowDraw> rows);
  // The tokens of a draw, -1 where a row's logits are no numbers. Waits for that draw, not for what
  // was enqueued behind it. Valid until the second draw behind it, up to which it may be asked for.
  std::span<const int32_t> drawn(DrawTicket ticket) const;

  const Engine& engine() const { return *engine_; }
  const SessionOptions& options() const { return options_; }
  const engine::Plan& plan() const { return engine_->plan(options_.plan); }
  int64_t num_blocks() const { return options_.num_blocks; }
  int64_t arena_bytes() const;
  int64_t kv_bytes() const;
  void copy_block(int64_t from, int64_t to);  // of all layers: copy on write
  void set_tap(Tap tap);                      // empty = none

 private:
  void check(std::span<const NamedView> inputs);
  void check_draws(std::span<const NamedView> inputs, std::span<const RowDraw> rows) const;

  std::shared_ptr<const Engine> engine_;
  SessionOptions options_;
  InputChecks checks_;
  Tap tap_;
  int64_t drawn_rows_ = 0;  // of the step before
  std::unique_ptr<SessionBody> body_;
};

// Bytes of an arena for these limits and threads; workspace included.
int64_t arena_bytes(const engine::Plan& plan, const DimBindings& limits, int threads);

}  // namespace lathe::exec
