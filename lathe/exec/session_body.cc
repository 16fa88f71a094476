// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/session_body.h"

#include "lathe/base/clock.h"
#include "lathe/base/error.h"
#include "lathe/exec/cuda/gpu.h"

namespace lathe::exec {

namespace {

DimBindings with_threads(DimBindings limits, int threads) {
  limits["threads"] = threads;
  return limits;
}

// An engine that was loaded for fixed bits has opened none, whatever a session asks for.
Libraries opened_libraries(const Engine& engine) {
  const bool opened = engine.gpu() != nullptr && engine.gpu()->products() != nullptr;
  return opened ? engine.libraries() : Libraries::kNone;
}

}  // namespace

int64_t arena_bytes(const engine::Plan& plan, const DimBindings& limits, int threads) {
  return plan.arena_bytes.evaluate(with_threads(limits, threads));
}

SessionPlan::SessionPlan(const Engine& engine, const SessionOptions& options)
    : plan(engine.plan(options.plan)),
      plan_index(options.plan),
      limits(with_threads(options.limits, engine.pool().num_threads())),
      symbols(plan),
      symbol_limits(symbols.limits(limits)),
      arena_bytes(plan.arena_bytes.evaluate(limits)),
      steps(resolve_steps(plan, limits,
                          {.target = engine.target(),
                           .plant = options.plant,
                           .bits = options.bits.value_or(engine.bits()),
                           .libraries = opened_libraries(engine)})) {
  engine::verify_memory(plan, limits);
  const int64_t workspace = most_workspace(steps);
  LATHE_CHECK(workspace <= arena_bytes, "a plan that was not verified", workspace, arena_bytes);
}

void place_constants(const Engine& engine, const SessionPlan& session,
                     std::span<kernels::KvCacheView* const> states, ValueViews& values) {
  for (size_t i = 0; i < session.plan.values.size(); ++i) {
    const engine::PlanValue& value = session.plan.values[i];
    const auto index = static_cast<size_t>(value.index);
    void* data = nullptr;
    if (value.storage == engine::Storage::kWeight) {
      data = engine.weight(session.plan_index, index).data();
    } else if (value.storage == engine::Storage::kState) {
      data = states[index];
    } else {
      continue;
    }
    values.place(i, TensorView::contiguous(data, value.type.dtype, value.type.shape.evaluate({})));
  }
}

StepTimes SessionBody::run_timed(std::span<const NamedView> inputs) {
  StepTimes times;
  Stopwatch clock;
  run(inputs, [&](size_t, auto, auto) {
    times.us.push_back(clock.seconds() * 1e6);
    clock = Stopwatch();
  });
  return times;
}

DrawTicket SessionBody::run_and_draw(std::span<const NamedView>, std::span<const RowDraw>,
                                     const Tap&) {
  fail(ErrorCode::kUnsupported, "this device draws no tokens; sample from the logits");
}

std::span<const int32_t> SessionBody::drawn(DrawTicket) const {
  fail(ErrorCode::kUnsupported, "this device draws no tokens; sample from the logits");
}

}  // namespace lathe::exec
