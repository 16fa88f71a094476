// SPDX-License-Identifier: Apache-2.0
// Runs many requests at once on one stream of steps (in-flight batching). CONTRACT.md is normative.
//
//   runtime::Executor executor(runtime::session_step(session), options);
//   executor.submit({.prompt = ids, .sampling = {.temperature = 0.8f}}, listener);
//   while (executor.step()) {}
//
// submit and cancel may be called from any thread; all else belongs to one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>

#include "lathe/runtime/kv/kv_cache.h"
#include "lathe/runtime/request.h"
#include "lathe/runtime/scheduler/snapshot.h"
#include "lathe/runtime/step_batch.h"

namespace lathe::runtime {

// Runs one step and returns its logits, f32 [logit_rows, vocab], which the caller may overwrite;
// valid until the next call. An exception is a fault of the device.
using StepFunction = std::function<std::span<float>(StepBatch&)>;

// A device that draws the tokens itself, see exec::Session. Where it is given, the executor has it
// draw for steps whose requests with penalties cannot hold more tokens than it looks at, and runs
// one step ahead: it enqueues a generation step before it reads the tokens of the one before, and
// drops what that step computed for requests that the tokens end.
struct DrawFunctions {
  std::function<exec::DrawTicket(StepBatch&, std::span<const exec::RowDraw>)> run;
  std::function<std::span<const int32_t>(exec::DrawTicket)> tokens;
  int64_t most_seen = 0;  // tokens, each once; 0: no penalties
};

struct ExecutorOptions {
  StepLimits limits;
  int64_t vocab = 0;
  CacheReuse reuse = CacheReuse::kOn;
  std::optional<DrawFunctions> draws = {};
};

struct ExecutorStats {
  int64_t running = 0;
  int64_t queued = 0;
  int64_t steps = 0;
  int64_t tokens = 0;  // computed in all steps
  int64_t free_blocks = 0;
  int64_t kept_blocks = 0;  // held by the prefix tree alone
};

class Executor {
 public:
  Executor(StepFunction run_step, const ExecutorOptions& options);
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  ~Executor();  // unfinished requests are dropped without a word

  // Throws kInvalidArgument for options out of range, an empty prompt, and ids beyond the
  // vocabulary. All else is told to the listener.
  RequestId submit(Request request, Listener listener);
  // Ends the request with FinishReason::kCancelled; nothing where it has finished.
  void cancel(RequestId id);

  // One iteration. False where there was nothing to do.
  bool step();
  // Iterates until `stop`, sleeping while there is nothing to do.
  void run(const std::stop_token& stop);

  ExecutorStats stats() const;
  // Throws kInternal where an invariant of the contract is broken.
  void check() const;

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

}  // namespace lathe::runtime
