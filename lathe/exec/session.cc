// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/session.h"

#include <algorithm>

#include "lathe/base/error.h"
#include "lathe/exec/memory.h"
#include "lathe/kernels/kernel.h"
#include "lathe/ops/step_inputs.h"

namespace lathe::exec {

namespace {

using engine::Plan;
using engine::Storage;

DimBindings with_threads(DimBindings limits, int threads) {
  limits["threads"] = threads;
  return limits;
}

// One kernel of a step's table.
struct Choice {
  int64_t up_to_tokens;  // 0 = any number
  const kernels::Kernel* kernel;
  std::span<const int> inputs;  // values
  int64_t workspace_bytes;
};

// A step with its names resolved, and the operands of the choice that serves now.
struct ReadyStep {
  ops::Op op;
  bool planted;
  std::vector<Choice> choices;
  std::span<const int> output_values;
  const Choice* choice = nullptr;
  std::vector<TensorView> inputs;
  std::vector<TensorView> outputs;

  void choose(int64_t tokens);
  void gather(const ValueViews& values);
};

void ReadyStep::choose(int64_t tokens) {
  choice = &*std::ranges::find_if(choices, [&](const Choice& candidate) {
    return candidate.up_to_tokens == 0 || tokens <= candidate.up_to_tokens;
  });
}

void ReadyStep::gather(const ValueViews& values) {
  inputs.clear();
  for (const int input : choice->inputs) inputs.push_back(values[input]);
  outputs.clear();
  for (const int output : output_values) outputs.push_back(values[output]);
}

ReadyStep resolve(const engine::PlanStep& step, size_t target, const DimBindings& limits,
                  const Plant& plant) {
  ReadyStep ready{.op = ops::Op::parse(step.op, step.attributes),
                  .planted = step.op == plant.op,
                  .choices = {},
                  .output_values = step.outputs,
                  .inputs = {},
                  .outputs = {}};
  size_t most_inputs = 0;
  for (const engine::KernelChoice& choice : step.kernels[target].choices) {
    ready.choices.push_back({choice.up_to_tokens, kernels::find_kernel(choice.kernel),
                             choice.inputs, choice.workspace_bytes.evaluate(limits)});
    most_inputs = std::max(most_inputs, choice.inputs.size());
  }
  ready.inputs.reserve(most_inputs);
  ready.outputs.reserve(step.outputs.size());
  return ready;
}

std::vector<ReadyStep> resolve_all(const Engine& engine, const Plan& plan,
                                   const DimBindings& limits, const Plant& plant) {
  check_plant(plant);
  std::vector<ReadyStep> steps;
  for (const engine::PlanStep& step : plan.steps) {
    steps.push_back(resolve(step, engine.target(), limits, plant));
  }
  return steps;
}

// The end of the arena is the workspace of whichever step runs.
std::span<std::byte> workspace_in(const Tensor& arena, const std::vector<ReadyStep>& steps) {
  int64_t most = 0;
  for (const ReadyStep& step : steps) {
    for (const Choice& choice : step.choices) most = std::max(most, choice.workspace_bytes);
  }
  const int64_t bytes = (most + 63) / 64 * 64;
  LATHE_CHECK(bytes <= arena.num_bytes(), "a plan that was not verified", bytes, arena.num_bytes());
  auto* end = static_cast<std::byte*>(arena.data()) + arena.num_bytes();
  return {end - bytes, static_cast<size_t>(bytes)};
}

void check_memory(int64_t arena, int64_t kv) {
  const int64_t available = available_memory();
  if (arena <= available && kv <= available - arena) return;
  fail(ErrorCode::kOutOfMemory, "the run needs ", arena, " bytes of arena and ", kv,
       " bytes of KV cache; this machine has ", available,
       " bytes to give: lower the limits or the KV cache");
}

}  // namespace

int64_t arena_bytes(const Plan& plan, const DimBindings& limits, int threads) {
  return plan.arena_bytes.evaluate(with_threads(limits, threads));
}

struct Session::Body {
  Body(const Engine& engine, const SessionOptions& options)
      : plan(engine.plan(options.plan)),
        limits(with_threads(options.limits, engine.pool().num_threads())),
        symbols(plan),
        symbol_limits(symbols.limits(limits)),
        arena_size(plan.arena_bytes.evaluate(limits)) {
    engine::verify_memory(plan, limits);
    check_memory(arena_size, kv_block_bytes(plan) * options.num_blocks);
    arena = lazy_zeros(DType::kU8, {std::max<int64_t>(arena_size, 64)}, Pages::kHuge, "arena");
    kv = std::make_unique<KvStorage>(plan, options.num_blocks);
    steps = resolve_all(engine, plan, limits, options.plant);
    workspace = workspace_in(arena, steps);
    values = std::make_unique<ValueViews>(plan, symbols, symbol_limits,
                                          static_cast<std::byte*>(arena.data()));
    place_constants(engine, options.plan);
  }

  void place_constants(const Engine& engine, size_t plan_index) {
    for (size_t i = 0; i < plan.values.size(); ++i) {
      const engine::PlanValue& value = plan.values[i];
      const auto index = static_cast<size_t>(value.index);
      if (value.storage == Storage::kWeight) {
        values->place(i, TensorView::contiguous(engine.weight(plan_index, index).data(),
                                                value.type.dtype, value.type.shape.evaluate({})));
      } else if (value.storage == Storage::kState) {
        values->place(i, TensorView::contiguous(&kv->view(index), DType::kState,
                                                value.type.shape.evaluate({})));
      }
    }
  }

  void bind(std::span<const NamedView> inputs) {
    if (!values->bind(inputs)) return;
    const int64_t tokens = values->size_of(ops::kTokens);
    for (ReadyStep& step : steps) {
      step.choose(tokens);
      step.gather(*values);
    }
  }

  void run_step(size_t index, ThreadPool& pool) {
    const ReadyStep& step = steps[index];
    const kernels::KernelArgs args{
        .op = step.op,
        .inputs = step.inputs,
        .outputs = step.outputs,
        .workspace =
            workspace.last(static_cast<size_t>((step.choice->workspace_bytes + 63) / 64 * 64)),
        .pool = pool};
    if (step.planted) {
      run_planted(*step.choice->kernel, args);
    } else {
      step.choice->kernel->run(args);
    }
    if (tap) tap(index, step.inputs, step.outputs);
  }

  void run_steps(ThreadPool& pool) {
    size_t index = 0;
    try {
      for (; index < steps.size(); ++index) run_step(index, pool);
    } catch (Error& error) {
      error.add_context(cat("step ", index, " (", steps[index].op.name(), ")"));
      throw;
    }
  }

  const Plan& plan;
  DimBindings limits;
  SymbolTable symbols;
  std::vector<int64_t> symbol_limits;
  int64_t arena_size;
  Tensor arena;
  std::unique_ptr<KvStorage> kv;
  std::vector<ReadyStep> steps;
  std::span<std::byte> workspace;
  std::unique_ptr<ValueViews> values;
  Tap tap;
};

namespace {

// A plant in the engine's folder counts where the caller has none.
SessionOptions with_plant(SessionOptions options, const Engine& engine) {
  if (options.plant.op.empty()) options.plant = planted_in(engine.files());
  return options;
}

}  // namespace

Session::Session(std::shared_ptr<const Engine> engine, SessionOptions options)
    : engine_(std::move(engine)),
      options_(with_plant(std::move(options), *engine_)),
      body_(std::make_unique<Body>(*engine_, options_)) {}

Session::~Session() = default;

void Session::run(std::span<const NamedView> inputs) {
  body_->bind(inputs);
  body_->run_steps(engine_->pool());
}

TensorView Session::output(std::string_view name) const {
  const std::vector<engine::PlanOutput>& outputs = plan().outputs;
  const auto found = std::ranges::find(outputs, name, &engine::PlanOutput::name);
  if (found == outputs.end()) {
    fail(ErrorCode::kNotFound, "the plan has no output ", quote(name));
  }
  return (*body_->values)[found->value];
}

int64_t Session::arena_bytes() const { return body_->arena_size; }
int64_t Session::kv_bytes() const { return kv_block_bytes(plan()) * options_.num_blocks; }
void Session::set_tap(Tap tap) { body_->tap = std::move(tap); }
void Session::copy_block(int64_t from, int64_t to) { body_->kv->copy_block(from, to); }

}  // namespace lathe::exec
