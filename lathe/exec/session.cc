// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/session.h"

#include <algorithm>

#include "lathe/base/error.h"
#include "lathe/exec/session_body.h"
#include "lathe/ops/step_inputs.h"

namespace lathe::exec {

namespace {

// A plant in the engine's folder counts where the caller has none.
SessionOptions with_plant(SessionOptions options, const Engine& engine) {
  if (options.plant.op.empty()) options.plant = planted_in(engine.files());
  return options;
}

std::unique_ptr<SessionBody> make_body(const Engine& engine, const SessionOptions& options) {
  return engine.gpu() == nullptr ? make_cpu_body(engine, options) : make_cuda_body(engine, options);
}

void check_seen(std::span<const RowDraw> rows, const SeenLimits& limits) {
  for (int64_t i = 0; i < std::ssize(rows); ++i) {
    const RowDraw& row = rows[static_cast<size_t>(i)];
    if (!row.has_penalties()) continue;
    if (i < limits.rows && (!row.seen || std::ssize(*row.seen) <= limits.tokens)) continue;
    fail(ErrorCode::kInvalidArgument, "row ", i, " has penalties over ",
         row.seen ? row.seen->size() : 0, " tokens; the device takes ", limits.tokens,
         " in each of the first ", limits.rows, " rows");
  }
}

}  // namespace

Session::Session(std::shared_ptr<const Engine> engine, SessionOptions options)
    : engine_(std::move(engine)),
      options_(with_plant(std::move(options), *engine_)),
      checks_(plan()),
      body_(make_body(*engine_, options_)) {}

Session::~Session() = default;

void Session::check(std::span<const NamedView> inputs) {
  checks_.check_ids(inputs, drawn_rows_);
  if (engine_->gpu() != nullptr) checks_.check_sequences(inputs, options_.num_blocks);
}

// Before anything is written: options go to the device ahead of the step.
void Session::check_draws(std::span<const NamedView> inputs, std::span<const RowDraw> rows) const {
  if (!body_->can_draw()) return;  // which says so itself
  const auto found = std::ranges::find(inputs, ops::kLogitRows, &NamedView::name);
  const int64_t wanted = found == inputs.end() ? 0 : found->view.num_elements();
  if (std::ssize(rows) != wanted) {
    fail(ErrorCode::kInvalidArgument, "expected a draw for each of the ", wanted,
         " logit_rows, got ", rows.size());
  }
  const int64_t most = options_.limits.find(ops::kLogitRows)->second;
  if (wanted > most) {
    fail(ErrorCode::kResourceExhausted, ops::kLogitRows, ": the step has ", wanted,
         ", this run is limited to ", most);
  }
  check_seen(rows, body_->seen_limits());
}

void Session::run(std::span<const NamedView> inputs) {
  check(inputs);
  drawn_rows_ = 0;
  body_->run(inputs, tap_);
}

StepTimes Session::run_timed(std::span<const NamedView> inputs) {
  check(inputs);
  drawn_rows_ = 0;
  StepTimes times = body_->run_timed(inputs);
  for (const ReadyStep& step : body_->steps()) times.kernels.push_back(step.choice->kernel->name);
  return times;
}

TensorView Session::output(std::string_view name) const {
  const std::vector<engine::PlanOutput>& outputs = plan().outputs;
  const auto found = std::ranges::find(outputs, name, &engine::PlanOutput::name);
  if (found == outputs.end()) {
    fail(ErrorCode::kNotFound, "the plan has no output ", quote(name));
  }
  return body_->value(found->value);
}

SeenLimits Session::seen_limits() const { return body_->seen_limits(); }
bool Session::can_draw() const { return body_->can_draw(); }
DrawTicket Session::run_and_draw(std::span<const NamedView> inputs, std::span<const RowDraw> rows) {
  check(inputs);
  check_draws(inputs, rows);
  drawn_rows_ = 0;
  const DrawTicket ticket = body_->run_and_draw(inputs, rows, tap_);
  drawn_rows_ = std::ssize(rows);
  return ticket;
}
std::span<const int32_t> Session::drawn(DrawTicket ticket) const { return body_->drawn(ticket); }

int64_t Session::arena_bytes() const {
  return exec::arena_bytes(plan(), options_.limits, engine_->pool().num_threads());
}
int64_t Session::kv_bytes() const { return kv_block_bytes(plan()) * options_.num_blocks; }
void Session::set_tap(Tap tap) { tap_ = std::move(tap); }
void Session::copy_block(int64_t from, int64_t to) { body_->copy_block(from, to); }

}  // namespace lathe::exec
