// SPDX-License-Identifier: Apache-2.0
#include "lathe/runtime/profile_step.h"

#include "lathe/base/clock.h"
#include "lathe/base/error.h"
#include "lathe/base/median.h"
#include "lathe/runtime/step_batch.h"

namespace lathe::runtime {

namespace {

StepBatch batch_of(const exec::Session& session, const kernels::BenchStep& shape) {
  const int64_t length = shape.kv_length(), count = length - shape.context;
  LATHE_CHECK(count * shape.sequences == shape.tokens, "sequences share the tokens", shape.tokens);
  const std::vector<int32_t> tokens(static_cast<size_t>(length), 0);
  const int64_t block_size = session.plan().block_size;
  const int64_t blocks = (length + block_size - 1) / block_size;
  StepBatch out;
  for (int64_t i = 0; i < shape.sequences; ++i) {
    std::vector<BlockId> ids;
    for (int64_t j = 0; j < blocks; ++j) ids.push_back(static_cast<BlockId>(i * blocks + j));
    out.add({.tokens = tokens, .begin = shape.context, .count = count, .blocks = ids});
  }
  return out;
}

// Runs the step and waits for it.
void run_once(exec::Session& session, StepBatch& batch) {
  if (!session.can_draw()) {
    session.run(batch.inputs());
    session.output("logits");
    return;
  }
  std::vector<exec::RowDraw> rows(static_cast<size_t>(batch.num_sequences()));
  for (size_t i = 0; i < rows.size(); ++i) rows[i].position = batch.kv_lengths()[i];
  session.drawn(session.run_and_draw(batch.inputs(), rows));
}

exec::StepTimes medians_of(exec::Session& session, StepBatch& batch, int repeat) {
  std::vector<std::vector<double>> times(session.plan().steps.size());
  exec::StepTimes out;
  for (int i = 0; i < repeat; ++i) {
    const exec::StepTimes once = session.run_timed(batch.inputs());
    out.host_was_ahead = out.host_was_ahead && once.host_was_ahead;
    out.kernels = once.kernels;
    for (size_t step = 0; step < times.size(); ++step) times[step].push_back(once.us[step]);
  }
  for (std::vector<double>& of_step : times) out.us.push_back(median(std::move(of_step)));
  return out;
}

}  // namespace

StepProfile profile_step(exec::Session& session, const kernels::BenchStep& shape, int repeat) {
  StepBatch step = batch_of(session, shape);
  run_once(session, step);
  std::vector<double> whole;
  for (int i = 0; i < repeat; ++i) {
    const Stopwatch clock;
    run_once(session, step);
    whole.push_back(clock.seconds() * 1e6);
  }
  return {.whole_us = median(whole), .launches = medians_of(session, step, repeat)};
}

exec::StepTimes time_launches(exec::Session& session, const kernels::BenchStep& shape, int repeat) {
  StepBatch step = batch_of(session, shape);
  run_once(session, step);
  return medians_of(session, step, repeat);
}

}  // namespace lathe::runtime
