// SPDX-License-Identifier: Apache-2.0
// The limits of a run: they size arena and KV cache, and never need a rebuild.
#pragma once

#include <functional>
#include <optional>

#include "lathe/exec/session.h"
#include "lathe/runtime/executor.h"

namespace lathe::runtime {

struct RunLimits {
  int64_t max_batch_size = 64;    // sequences of a step
  int64_t max_num_tokens = 8192;  // tokens of a step
  int64_t max_seq_len = 0;        // of prompt and answer; 0 = the model's
  std::optional<int64_t> kv_cache_bytes;
  std::optional<double> kv_cache_fraction;  // of the memory that is free
  int64_t max_logit_rows = 0;               // of a step; 0 = one a sequence
  bool operator==(const RunLimits&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("max_batch_size", &RunLimits::max_batch_size);
    v("max_num_tokens", &RunLimits::max_num_tokens);
    v("max_seq_len", &RunLimits::max_seq_len);
    v("kv_cache_bytes", &RunLimits::kv_cache_bytes);
    v("kv_cache_fraction", &RunLimits::kv_cache_fraction);
    v("max_logit_rows", &RunLimits::max_logit_rows);
  }
};

// The limits as a session and an executor need them. If neither bytes nor fraction are given, the
// KV cache takes what a full batch could use, but at most 2 GiB on a CPU, and on a GPU 0.9 of what
// is free beside all else that the run takes, weights that are still to be loaded among it. Throws
// kInvalidArgument where a limit exceeds the model's, kOutOfMemory where the KV cache would not
// hold one block or a run needs more memory than is free: on a GPU with each part of it
// (exec/session_memory.h).
StepLimits step_limits(const exec::Engine& engine, const RunLimits& limits);
// For LoadOptions::before_weights: what step_limits refuses on a GPU is refused before its weights
// are loaded.
std::function<void(const exec::Engine&)> check_before_weights(const RunLimits& limits);
exec::SessionOptions session_options(const StepLimits& limits, int64_t max_logit_rows);

// The step function of an executor. The session must outlive it.
StepFunction session_step(exec::Session& session);
// Empty where the session's device does not draw.
std::optional<DrawFunctions> session_draws(exec::Session& session);

}  // namespace lathe::runtime
