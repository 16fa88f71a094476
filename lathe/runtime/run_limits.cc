// SPDX-License-Identifier: Apache-2.0
#include "lathe/runtime/run_limits.h"

#include <algorithm>

#include "lathe/exec/session_memory.h"
#include "lathe/ops/step_inputs.h"

namespace lathe::runtime {

namespace {

constexpr int64_t kDefaultCacheBytes = int64_t{2} << 30;

int64_t blocks_for(int64_t tokens, int64_t block_size) {
  return (tokens + block_size - 1) / block_size;
}

// Of a GPU's memory, where nobody says.
constexpr double kDefaultCacheFraction = 0.9;

int64_t share(double fraction, int64_t bytes) {
  if (!(fraction > 0 && fraction <= 1)) {
    fail(ErrorCode::kInvalidArgument, "kv_cache_fraction: expected more than 0, at most 1, got ",
         fraction);
  }
  return static_cast<int64_t>(fraction * static_cast<double>(bytes));
}

// `free`: what the device could give beside all else. More bytes than a GPU has are refused with
// the other parts of its memory, see step_limits.
int64_t cache_bytes(const RunLimits& limits, DeviceKind device, int64_t free) {
  if (limits.kv_cache_bytes) {
    if (device == DeviceKind::kCpu && *limits.kv_cache_bytes > free) {
      fail(ErrorCode::kOutOfMemory, "the KV cache: ", *limits.kv_cache_bytes, " bytes asked for, ",
           free, " are free");
    }
    return *limits.kv_cache_bytes;
  }
  if (limits.kv_cache_fraction) return share(*limits.kv_cache_fraction, free);
  return device == DeviceKind::kCpu ? std::min(kDefaultCacheBytes, free)
                                    : share(kDefaultCacheFraction, free);
}

int64_t checked_seq_len(const engine::ModelFacts& model, const RunLimits& limits) {
  if (limits.max_seq_len > model.max_seq_len) {
    fail(ErrorCode::kInvalidArgument, "max_seq_len: expected at most ", model.max_seq_len,
         ", the model's, got ", limits.max_seq_len);
  }
  return limits.max_seq_len > 0 ? limits.max_seq_len : model.max_seq_len;
}

}  // namespace

StepLimits step_limits(const exec::Engine& engine, const RunLimits& limits) {
  const engine::Plan& plan = engine.plan();
  StepLimits out{.max_batch_size = limits.max_batch_size,
                 .max_num_tokens = limits.max_num_tokens,
                 .max_seq_len = checked_seq_len(engine.manifest().model, limits),
                 .block_size = plan.block_size,
                 .num_blocks = 0};
  const int64_t block_bytes = std::max<int64_t>(1, exec::kv_block_bytes(plan));
  const auto session = [&] { return session_options(out, limits.max_logit_rows); };
  const int64_t others = exec::session_memory(engine, session()).total();
  const int64_t free = std::max<int64_t>(0, engine.free_memory() - others);
  const int64_t bytes = cache_bytes(limits, engine.device().kind, free);
  out.num_blocks = std::min(bytes / block_bytes,
                            limits.max_batch_size * blocks_for(out.max_seq_len, plan.block_size));
  exec::check_memory(engine, session());
  if (out.num_blocks < 1) {
    fail(ErrorCode::kOutOfMemory, "the KV cache: ", bytes, " bytes do not hold one block of ",
         plan.block_size, " tokens, ", block_bytes, " bytes");
  }
  return out;
}

std::function<void(const exec::Engine&)> check_before_weights(const RunLimits& limits) {
  return [limits](const exec::Engine& engine) {
    if (engine.device().kind == DeviceKind::kCuda) step_limits(engine, limits);
  };
}

exec::SessionOptions session_options(const StepLimits& limits, int64_t max_logit_rows) {
  const auto symbol = [](std::string_view name) { return std::string(name); };
  exec::SessionOptions options;
  options.num_blocks = limits.num_blocks;
  options.limits = {
      {symbol(ops::kTokens), limits.max_num_tokens},
      {symbol(ops::kSequences), limits.max_batch_size},
      {symbol(ops::kLogitRows), max_logit_rows > 0 ? max_logit_rows : limits.max_batch_size},
      {symbol(ops::kTableWidth), blocks_for(limits.max_seq_len, limits.block_size)}};
  return options;
}

StepFunction session_step(exec::Session& session) {
  return [&session](StepBatch& batch) {
    session.run(batch.inputs());
    const TensorView logits = session.output("logits");
    return std::span<float>(logits.as<float>(), static_cast<size_t>(logits.num_elements()));
  };
}

std::optional<DrawFunctions> session_draws(exec::Session& session) {
  if (!session.can_draw()) return std::nullopt;
  return DrawFunctions{
      .run =
          [&session](StepBatch& batch, std::span<const exec::RowDraw> rows) {
            return session.run_and_draw(batch.inputs(), rows);
          },
      .tokens = [&session](exec::DrawTicket ticket) { return session.drawn(ticket); },
      .most_seen = session.seen_limits().tokens};
}

}  // namespace lathe::runtime
