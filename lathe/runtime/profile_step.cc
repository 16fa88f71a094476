// SPDX-License-Identifier: Apache-2.0
#include "lathe/runtime/profile_step.h"

#include "lathe/base/clock.h"
#include "lathe/base/median.h"

namespace lathe::runtime {

namespace {

StepBatch generation_batch(const exec::Session& session, int64_t batch, int64_t context) {
  const std::vector<int32_t> tokens(static_cast<size_t>(context), 0);
  const int64_t block_size = session.plan().block_size;
  const int64_t blocks = (context + block_size - 1) / block_size;
  StepBatch out;
  for (int64_t i = 0; i < batch; ++i) {
    std::vector<BlockId> ids;
    for (int64_t j = 0; j < blocks; ++j) ids.push_back(static_cast<BlockId>(i * blocks + j));
    out.add({.tokens = tokens, .begin = context - 1, .count = 1, .blocks = ids});
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

exec::StepTimes time_launches(exec::Session& session, StepBatch& batch, int repeat) {
  std::vector<std::vector<double>> times(session.plan().steps.size());
  exec::StepTimes out;
  for (int i = 0; i < repeat; ++i) {
    const exec::StepTimes once = session.run_timed(batch.inputs());
    out.host_was_ahead = out.host_was_ahead && once.host_was_ahead;
    for (size_t step = 0; step < times.size(); ++step) times[step].push_back(once.us[step]);
  }
  for (std::vector<double>& of_step : times) out.us.push_back(median(std::move(of_step)));
  return out;
}

}  // namespace

StepProfile profile_generation(exec::Session& session, int64_t batch, int64_t context, int repeat) {
  StepBatch step = generation_batch(session, batch, context);
  run_once(session, step);
  std::vector<double> whole;
  for (int i = 0; i < repeat; ++i) {
    const Stopwatch clock;
    run_once(session, step);
    whole.push_back(clock.seconds() * 1e6);
  }
  return {.whole_us = median(whole), .launches = time_launches(session, step, repeat)};
}

}  // namespace lathe::runtime
