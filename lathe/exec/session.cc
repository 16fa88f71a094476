// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/session.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "lathe/base/error.h"
#include "lathe/exec/memory.h"
#include "lathe/kernels/kernel.h"
#include "lathe/ops/step_inputs.h"

namespace lathe::exec {

namespace {

using engine::Plan;
using engine::PlanValue;
using engine::Storage;

DimBindings with_threads(DimBindings limits, int threads) {
  limits["threads"] = threads;
  return limits;
}

// A step's kernel choices for the engine's target, names resolved.
struct ReadyStep {
  ops::Op op;
  struct Choice {
    int64_t up_to_tokens;
    const kernels::Kernel* kernel;
    const engine::KernelChoice* plan;
  };
  std::vector<Choice> choices;
};

// Scales floating outputs by 1.01.
void corrupt(std::span<const TensorView> outputs) {
  for (const TensorView& view : outputs) {
    if (!is_floating(view.dtype)) continue;
    for (int64_t i = 0; i < view.num_elements(); ++i) {
      store_element(view.data, view.dtype, i, load_element(view.data, view.dtype, i) * 1.01);
    }
  }
}

}  // namespace

int64_t kv_block_bytes(const Plan& plan) {
  int64_t bytes = 0;
  for (const engine::PlanState& state : plan.states) {
    bytes +=
        2 * bytes_for(state.dtype, state.spec.kv_heads * state.spec.head_dim * plan.block_size);
  }
  return bytes;
}

int64_t arena_bytes(const Plan& plan, const DimBindings& limits, int threads) {
  return plan.arena_bytes.evaluate(with_threads(limits, threads));
}

struct Session::Body {
  struct Cache {
    Tensor keys, values;
    kernels::KvCacheView view;
  };

  DimBindings limits;
  DimBindings bindings;    // of the current step
  DimBindings shaped_for;  // bindings that `views` were last evaluated with
  Tensor arena;
  int64_t arena_size = 0;
  int64_t workspace_begin = 0;
  std::vector<Cache> caches;
  std::vector<ReadyStep> steps;
  std::vector<TensorView> views;  // one a value
  Tap tap;

  void allocate(const Engine& engine, const Plan& plan, int64_t num_blocks);
  void allocate_caches(const Plan& plan, int64_t num_blocks);
  void resolve(const Plan& plan, size_t target);
  void place_constant(const Engine& engine, size_t plan_index, size_t value);
  void bind(const Plan& plan, std::span<const NamedView> inputs);
  void shape(const Plan& plan);
  void run_step(const Plan& plan, size_t index, ThreadPool& pool, const Plant& plant);
};

void Session::Body::allocate(const Engine& engine, const Plan& plan, int64_t num_blocks) {
  arena_size = plan.arena_bytes.evaluate(limits);
  arena = lazy_zeros(DType::kU8, {std::max<int64_t>(arena_size, 64)}, "arena");
  allocate_caches(plan, num_blocks);
  resolve(plan, engine.target());
}

void Session::Body::allocate_caches(const Plan& plan, int64_t num_blocks) {
  caches.resize(plan.states.size());
  for (size_t i = 0; i < caches.size(); ++i) {
    const engine::PlanState& state = plan.states[i];
    const std::vector<int64_t> sizes = {num_blocks, state.spec.kv_heads, plan.block_size,
                                        state.spec.head_dim};
    Cache& cache = caches[i];
    cache.keys = lazy_zeros(state.dtype, sizes, "KV cache");
    cache.values = lazy_zeros(state.dtype, sizes, "KV cache");
    cache.view = {.keys = cache.keys.data(),
                  .values = cache.values.data(),
                  .dtype = state.dtype,
                  .num_blocks = num_blocks,
                  .block_size = plan.block_size,
                  .kv_heads = state.spec.kv_heads,
                  .head_dim = state.spec.head_dim};
  }
}

void Session::Body::resolve(const Plan& plan, size_t target) {
  for (const engine::PlanStep& step : plan.steps) {
    ReadyStep ready{ops::Op::parse(step.op, step.attributes), {}};
    for (const engine::KernelChoice& choice : step.kernels[target].choices) {
      ready.choices.push_back({choice.up_to_tokens, kernels::find_kernel(choice.kernel), &choice});
    }
    steps.push_back(std::move(ready));
  }
}

void Session::Body::place_constant(const Engine& engine, size_t plan_index, size_t index) {
  const Plan& plan = engine.plan(plan_index);
  const PlanValue& value = plan.values[index];
  TensorView& view = views[index];
  if (value.storage == Storage::kWeight) {
    const Tensor& weight = engine.weight(plan_index, static_cast<size_t>(value.index));
    view = TensorView::contiguous(weight.data(), value.type.dtype, value.type.shape.evaluate({}));
  } else if (value.storage == Storage::kState) {
    const int64_t sizes[] = {value.type.shape[0].value(), value.type.shape[1].value()};
    view = TensorView::contiguous(&caches[static_cast<size_t>(value.index)].view, DType::kState,
                                  sizes);
  }
}

void Session::Body::bind(const Plan& plan, std::span<const NamedView> inputs) {
  bindings.clear();
  size_t given = 0;
  for (size_t i = 0; i < plan.values.size(); ++i) {
    const PlanValue& value = plan.values[i];
    if (value.storage != Storage::kInput) continue;
    const auto found = std::find_if(inputs.begin(), inputs.end(), [&](const NamedView& input) {
      return input.name == value.name;
    });
    if (found == inputs.end()) {
      fail(ErrorCode::kInvalidArgument, "input ", quote(value.name), " is missing, expected ",
           value.type.to_string());
    }
    const TensorView& view = found->view;
    if (view.dtype != value.type.dtype || view.rank != value.type.shape.rank() ||
        !view.is_contiguous()) {
      fail(ErrorCode::kInvalidArgument, "input ", quote(value.name), ": expected a contiguous ",
           value.type.to_string(), ", got ", to_string(view.dtype), " of rank ", view.rank);
    }
    for (int axis = 0; axis < view.rank; ++axis) {
      value.type.shape[axis].solve(view.size(axis), bindings, value.name);
    }
    views[i] = view;
    ++given;
  }
  if (given != inputs.size()) {
    fail(ErrorCode::kInvalidArgument, "the plan has ", given, " inputs, got ", inputs.size());
  }
  for (const auto& [symbol, size] : bindings) {
    const auto limit = limits.find(symbol);
    if (limit != limits.end() && size > limit->second) {
      fail(ErrorCode::kResourceExhausted, symbol, ": the step has ", size,
           ", this run is limited to ", limit->second);
    }
  }
}

void Session::Body::shape(const Plan& plan) {
  if (bindings == shaped_for) return;
  for (size_t i = 0; i < plan.values.size(); ++i) {
    const PlanValue& value = plan.values[i];
    if (value.storage == Storage::kAlias) {
      const TensorView& base = views[static_cast<size_t>(value.index)];
      views[i] = value.type.dtype == DType::kState
                     ? base
                     : TensorView::contiguous(base.data, value.type.dtype,
                                              value.type.shape.evaluate(bindings));
    } else if (value.storage == Storage::kArena) {
      auto* data = static_cast<std::byte*>(arena.data()) + value.offset.evaluate(limits);
      views[i] =
          TensorView::contiguous(data, value.type.dtype, value.type.shape.evaluate(bindings));
    }
  }
  shaped_for = bindings;
}

void Session::Body::run_step(const Plan& plan, size_t index, ThreadPool& pool, const Plant& plant) {
  const engine::PlanStep& step = plan.steps[index];
  const ReadyStep& ready = steps[index];
  const auto tokens = bindings.find(ops::kTokens);
  const int64_t count = tokens == bindings.end() ? 0 : tokens->second;
  const auto choice = std::find_if(
      ready.choices.begin(), ready.choices.end(), [&](const ReadyStep::Choice& candidate) {
        return candidate.up_to_tokens == 0 || count <= candidate.up_to_tokens;
      });
  std::vector<TensorView> inputs, outputs;
  inputs.reserve(choice->plan->inputs.size());
  for (const int input : choice->plan->inputs) inputs.push_back(views[static_cast<size_t>(input)]);
  for (const int output : step.outputs) outputs.push_back(views[static_cast<size_t>(output)]);
  const auto workspace = static_cast<size_t>(choice->plan->workspace_bytes.evaluate(limits));
  choice->kernel->run(
      {.op = ready.op,
       .inputs = inputs,
       .outputs = outputs,
       .workspace = {static_cast<std::byte*>(arena.data()) + workspace_begin, workspace},
       .pool = pool});
  if (!plant.op.empty() && step.op == plant.op) corrupt(outputs);
  if (tap) tap(index, inputs, outputs);
}

Session::Session(std::shared_ptr<const Engine> engine, SessionOptions options)
    : engine_(std::move(engine)), options_(std::move(options)), body_(std::make_unique<Body>()) {
  body_->limits = with_threads(options_.limits, engine_->pool().num_threads());
  body_->allocate(*engine_, plan(), options_.num_blocks);
  int64_t workspace = 0;
  for (const ReadyStep& step : body_->steps) {
    for (const ReadyStep::Choice& choice : step.choices) {
      workspace = std::max(workspace, choice.plan->workspace_bytes.evaluate(body_->limits));
    }
  }
  body_->workspace_begin = body_->arena_size - workspace;
  if (body_->workspace_begin < 0) {
    fail(ErrorCode::kCorrupt, "the plan's arena of ", body_->arena_size,
         " bytes does not hold its workspace of ", workspace);
  }
  body_->workspace_begin = body_->workspace_begin / 64 * 64;
  body_->views.resize(plan().values.size());
  for (size_t i = 0; i < plan().values.size(); ++i) {
    body_->place_constant(*engine_, options_.plan, i);
  }
}

Session::~Session() = default;

void Session::run(std::span<const NamedView> inputs) {
  body_->bind(plan(), inputs);
  body_->shape(plan());
  for (size_t i = 0; i < body_->steps.size(); ++i) {
    body_->run_step(plan(), i, engine_->pool(), options_.plant);
  }
}

TensorView Session::output(std::string_view name) const {
  for (const engine::PlanOutput& output : plan().outputs) {
    if (output.name == name) return body_->views[static_cast<size_t>(output.value)];
  }
  fail(ErrorCode::kNotFound, "the plan has no output ", quote(name));
}

int64_t Session::arena_bytes() const { return body_->arena_size; }
int64_t Session::kv_bytes() const { return kv_block_bytes(plan()) * options_.num_blocks; }
void Session::set_tap(Tap tap) { body_->tap = std::move(tap); }

void Session::copy_block(int64_t from, int64_t to) {
  LATHE_CHECK(from >= 0 && to >= 0 && from < num_blocks() && to < num_blocks(), "no such block",
              from, to);
  for (Body::Cache& cache : body_->caches) {
    const auto bytes = static_cast<size_t>(cache.keys.num_bytes() / num_blocks());
    for (Tensor* tensor : {&cache.keys, &cache.values}) {
      auto* base = static_cast<std::byte*>(tensor->data());
      std::memcpy(base + static_cast<size_t>(to) * bytes, base + static_cast<size_t>(from) * bytes,
                  bytes);
    }
  }
}

}  // namespace lathe::exec
