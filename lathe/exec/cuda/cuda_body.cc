// SPDX-License-Identifier: Apache-2.0
// A session on a GPU. Inputs go through pinned memory into a fixed buffer: those of a step of
// contexts, which is launched kernel by kernel, by a copy; those of a pure generation step by the
// first kernel of its graph. Tokens are drawn behind either: only where they are asked for, and for
// the rows that are asked. `run` returns once all is enqueued; the host waits where it asks for a
// value.
#include <cstring>
#include <optional>

#include "lathe/base/clock.h"
#include "lathe/base/log.h"
#include "lathe/engine/usage.h"
#include "lathe/exec/cuda/device_draws.h"
#include "lathe/exec/cuda/host_copies.h"
#include "lathe/exec/cuda/kv_pool.h"
#include "lathe/exec/cuda/launcher.h"
#include "lathe/exec/cuda/step_graphs.h"
#include "lathe/exec/cuda/step_marks.h"
#include "lathe/exec/cuda/whole_picks.h"
#include "lathe/exec/session_body.h"
#include "lathe/exec/session_memory.h"
#include "lathe/ops/step_inputs.h"

namespace lathe::exec {

namespace {

using engine::Storage;

// Whether generation steps can be captured: known inputs, code that takes them in, results that are
// computed, no fault.
bool can_capture(const SessionPlan& session, const Plant& plant) {
  if (!plant.op.empty() || !draws_tokens(session.plan)) return false;
  return std::ranges::all_of(session.plan.outputs, [&](const engine::PlanOutput& output) {
    return session.plan.values[engine::root_of(session.plan, output.value)].storage !=
           Storage::kInput;
  });
}

// Whole steps ahead of one that is timed: as many as graphs take inputs of without a wait.
constexpr int kStepsAhead = 2;

// The value that is drawn from, or -1.
int logits_of(const engine::Plan& plan) {
  if (!draws_tokens(plan)) return -1;
  return std::ranges::find(plan.outputs, "logits", &engine::PlanOutput::name)->value;
}

int value_named(const engine::Plan& plan, std::string_view name) {
  const auto found = std::ranges::find(plan.values, name, &engine::PlanValue::name);
  return static_cast<int>(found - plan.values.begin());
}

class CudaBody : public SessionBody {
 public:
  CudaBody(const Engine& engine, const SessionOptions& options)
      : gpu_(*engine.gpu()),
        stream_(gpu_.stream()),
        session_(engine, options),
        logits_(logits_of(session_.plan)),
        token_ids_(value_named(session_.plan, "token_ids")),
        results_(stream_) {
    check_memory(engine, options);
    const int64_t arena_bytes = arena_buffer_bytes(session_.arena_bytes);
    arena_ = cuda::DeviceBuffer(gpu_.device(), static_cast<size_t>(arena_bytes), "arena");
    area_.emplace(stream_, step_input_bytes(session_.plan, session_.limits));
    kv_.emplace(stream_, session_.plan, options.num_blocks);
    auto* begin = arena_.pointer<std::byte>();
    const int64_t values = session_.arena_bytes - most_workspace(session_.steps);
    launcher_.emplace(gpu_, begin + device_aligned(values), options.bits.value_or(engine.bits()));
    values_.emplace(session_.plan, session_.symbols, session_.symbol_limits, begin);
    place_constants(engine, session_, kv_->views(), *values_);
    if (logits_ >= 0) {
      draws_.emplace(gpu_, session_.plan.sampler, draw_sizes(session_.plan, session_.limits));
    }
    if (can_capture(session_, options.plant)) capture_graphs();
    stream_.synchronize();
  }

  ~CudaBody() override {
    // Memory goes once the device is done with it; an error was told, or is told by the next call.
    gpu_.device()->driver().cuStreamSynchronize(stream_.handle());
  }

  std::span<const ReadyStep> steps() const override { return session_.steps; }

  void run(std::span<const NamedView> inputs, const Tap& tap) override {
    results_.forget();
    bind(inputs);
    const std::optional<int64_t> generation = tap ? std::nullopt : capturable(inputs);
    in_graph_ = generation && graphs_->run(inputs, *generation);
    if (in_graph_) return;
    ready(inputs);
    for_each_step(session_.steps, [&](size_t index) { run_step(index, tap); });
  }

  StepTimes run_timed(std::span<const NamedView> inputs) override {
    if (!marks_) marks_.emplace(stream_, session_.steps.size());
    for (int i = 0; i < kStepsAhead; ++i) run(inputs, {});
    in_graph_ = false;
    ready(inputs);
    // As in the graph, whose time it is to explain.
    std::vector<bool> skipped(session_.steps.size(), false);
    if (capturable(inputs)) skipped = skip_whole_picks(session_.plan, session_.steps);
    marks_->begin();
    for_each_step(session_.steps, [&](size_t index) {
      if (!skipped[index]) run_step(index, {});
      marks_->end_of(index);
    });
    StepTimes times = with_context("running a step", [&] { return marks_->wait(); });
    for (size_t i = 0; i < skipped.size(); ++i) {
      if (skipped[i]) times.us[i] = 0;
    }
    return times;
  }

  bool can_draw() const override { return draws_.has_value(); }
  SeenLimits seen_limits() const override {
    if (!draws_) return {};
    return {.rows = draws_->sizes().seen_rows, .tokens = draws_->sizes().most_seen};
  }

  DrawTicket run_and_draw(std::span<const NamedView> inputs, std::span<const RowDraw> rows,
                          const Tap& tap) override {
    if (!draws_) return SessionBody::run_and_draw(inputs, rows, tap);
    draws_->set(rows);
    run(inputs, tap);
    return draws_->enqueue_draw((*values_)[logits_].as<float>(), std::ssize(rows),
                                rows.empty() ? nullptr : positions_of(rows));
  }

  std::span<const int32_t> drawn(DrawTicket ticket) const override {
    if (!draws_) return SessionBody::drawn(ticket);
    return with_context("running a step", [&] { return draws_->wait(ticket); });
  }

  TensorView value(int index) override {
    return with_context("running a step", [&] { return results_.fetch(index, (*values_)[index]); });
  }

  void copy_block(int64_t from, int64_t to) override { kv_->copy_block(from, to); }

 private:
  // The inputs as views of the input area, each behind the one before it.
  void bind(std::span<const NamedView> inputs) {
    std::vector<int64_t> bytes;
    for (const NamedView& input : inputs) bytes.push_back(input.view.num_bytes());
    placement_ = place_inputs(bytes);
    std::vector<NamedView> views(inputs.begin(), inputs.end());
    for (size_t i = 0; i < views.size(); ++i) {
      views[i].view.data = area_->device() + placement_.offsets[i];
    }
    values_->bind(views);
  }

  // The sequences of a step that a graph may hold.
  std::optional<int64_t> capturable(std::span<const NamedView> inputs) const {
    return graphs_ ? generation_sequences(inputs) : std::nullopt;
  }

  // All that comes before the first kernel. REQUIRES: bound inputs.
  void ready(std::span<const NamedView> inputs) {
    send(inputs);
    prepare(session_.steps, *values_);
    feed();
  }

  void send(std::span<const NamedView> inputs) {
    std::byte* stage = area_->stage();
    for (size_t i = 0; i < inputs.size(); ++i) {
      const TensorView& view = inputs[i].view;
      std::memcpy(stage + placement_.offsets[i], view.data, static_cast<size_t>(view.num_bytes()));
    }
    area_->send(placement_.bytes);
  }

  // Ids that stand for drawn tokens become these.
  void feed() {
    if (!draws_) return;
    const TensorView& ids = (*values_)[token_ids_];
    draws_->enqueue_feed(ids.as<int32_t>(), ids.num_elements());
  }

  // Of the tokens to be drawn, on the device. A generation's next one is the number of its keys,
  // which the step has brought already.
  const int32_t* positions_of(std::span<const RowDraw> rows) {
    if (!in_graph_) return draws_->upload_positions(rows);
    return reinterpret_cast<const int32_t*>(graphs_->input("kv_lengths"));
  }

  void run_step(size_t index, const Tap& tap) {
    const ReadyStep& step = session_.steps[index];
    if (step.planted) {
      run_planted_step(step);
    } else {
      launcher_->enqueue(step);
    }
    if (tap) show(index, step, tap);
  }

  void show(size_t index, const ReadyStep& step, const Tap& tap) {
    OperandCopies copies(stream_);
    std::vector<TensorView> inputs, outputs;
    for (size_t i = 0; i < step.inputs.size(); ++i) {
      TensorView& view = inputs.emplace_back(step.inputs[i]);
      const engine::PlanValue& value =
          session_.plan.values[engine::root_of(session_.plan, step.choice->inputs[i])];
      if (value.storage == Storage::kWeight) {
        view.data = nullptr;
      } else {
        view = copies.copy(view);
      }
    }
    for (const TensorView& view : step.outputs) outputs.push_back(copies.copy(view));
    tap(index, inputs, outputs);
  }

  // The values that a fault grows: results, or operands where no result is a floating one.
  void run_planted_step(const ReadyStep& step) {
    OperandCopies copies(stream_);
    const auto grow_all = [&](std::span<const TensorView> views) {
      for (const TensorView& view : views) {
        if (!is_floating(view.dtype)) continue;
        const TensorView host = copies.copy(view);
        grow(host);
        copies.restore(host, view);
      }
    };
    if (has_floating(step.outputs)) {
      launcher_->enqueue(step);
      return grow_all(step.outputs);
    }
    std::vector<std::pair<TensorView, TensorView>> intact;
    for (const TensorView& view : step.inputs) {
      if (is_floating(view.dtype)) intact.emplace_back(copies.copy(view), view);
    }
    grow_all(step.inputs);
    launcher_->enqueue(step);
    for (const auto& [host, device] : intact) copies.restore(host, device);
  }

  void capture_graphs() {
    std::vector<BucketShape> shapes;
    for (const int64_t bucket : generation_buckets(session_.limits)) {
      shapes.push_back({bucket, limit_of(session_.limits, ops::kTableWidth), kv_->spare_block()});
    }
    std::vector<std::string_view> names;
    for (const engine::PlanValue& value : session_.plan.values) {
      if (value.storage == Storage::kInput) names.push_back(value.name);
    }
    const Stopwatch time;
    const int64_t free_before = gpu_.device()->memory().free_bytes;
    graphs_.emplace(stream_, *area_, std::move(names), shapes,
                    [&](std::span<const NamedView> inputs, const kernels::TakeCall& take) {
                      enqueue_all(inputs, take);
                    });
    log(LogLevel::kInfo,
        cat("cuda graphs=", shapes.size(), " nodes=", graphs_->num_nodes(),
            " bytes=", free_before - gpu_.device()->memory().free_bytes, " ms=", time.ms()));
  }

  // The draw is not among them: the host may draw itself.
  void enqueue_all(std::span<const NamedView> inputs, const kernels::TakeCall& take) {
    values_->bind(inputs);
    prepare(session_.steps, *values_);
    draws_->enqueue_take(take, (*values_)[token_ids_]);
    launcher_->separate();
    const std::vector<bool> skipped = skip_whole_picks(session_.plan, session_.steps);
    for_each_step(session_.steps, [&](size_t i) {
      if (!skipped[i]) launcher_->enqueue(session_.steps[i]);
    });
  }

  const Gpu& gpu_;
  const cuda::Stream& stream_;
  SessionPlan session_;
  int logits_;     // what tokens are drawn from, or -1
  int token_ids_;  // of a plan that draws
  cuda::DeviceBuffer arena_;
  std::optional<InputArea> area_;
  std::optional<KvPool> kv_;
  std::optional<Launcher> launcher_;
  std::optional<ValueViews> values_;
  std::optional<DeviceDraws> draws_;
  std::optional<StepGraphs> graphs_;
  std::optional<StepMarks> marks_;  // once a step was timed
  bool in_graph_ = false;           // the last step was
  InputPlacement placement_;
  PinnedResults results_;
};

}  // namespace

std::unique_ptr<SessionBody> make_cuda_body(const Engine& engine, const SessionOptions& options) {
  return std::make_unique<CudaBody>(engine, options);
}

}  // namespace lathe::exec
