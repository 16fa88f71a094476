// SPDX-License-Identifier: Apache-2.0
// For tests: a plan made by hand, step by step, with reference kernels unless told otherwise.
//
//   TestPlan plan;
//   const int x = plan.input("x", TensorType::parse("f32[tokens, 4]"));
//   const int y = plan.step(ops::Unary{ops::UnaryKind::kNeg}, {x});
//   plan.output("y", y);
//   auto engine = plan.load({});
#pragma once

#include "lathe/exec/engine.h"
#include "lathe/kernels/kernel.h"

namespace lathe::exec {

class TestPlan {
 public:
  explicit TestPlan(const kernels::Target& target = {}) {
    plan_.name = "test", plan_.targets = {target};
  }

  int input(std::string_view name, const TensorType& type) {
    return add({.name = std::string(name), .type = type, .storage = engine::Storage::kInput});
  }
  // Rows of `sources`, all of `rows` rows; canonical where the layout is empty.
  int weight(std::string_view name, const std::vector<int64_t>& shape,
             const ops::WeightFormatDesc& format = {}, std::string_view layout = {}) {
    engine::PlanWeight weight{.name = std::string(name),
                              .sources = {{.tensor = std::string(name)}},
                              .source_rows = {shape[0]},
                              .shape = shape,
                              .format = format,
                              .layout = std::string(layout),
                              .target = layout.empty() ? -1 : 0};
    TensorType type{format.code_dtype, Shape({shape.begin(), shape.end()})};
    if (!layout.empty()) {
      const int64_t bytes =
          kernels::find_layout(layout)->packed_bytes(format, shape[0], shape.back());
      type = {DType::kU8, {bytes}};
    }
    plan_.weights.push_back(std::move(weight));
    return add({.name = std::string(name),
                .type = type,
                .storage = engine::Storage::kWeight,
                .index = static_cast<int>(plan_.weights.size()) - 1});
  }
  int state(std::string_view name, const ops::StateSpec& spec) {
    plan_.states.push_back({.name = std::string(name), .spec = spec});
    return add({.name = std::string(name),
                .type = {DType::kState, {spec.kv_heads, spec.head_dim}},
                .storage = engine::Storage::kState,
                .index = static_cast<int>(plan_.states.size()) - 1});
  }
  int alias(int of, const TensorType& type) {
    return add({.name = {}, .type = type, .storage = engine::Storage::kAlias, .index = of});
  }
  // Appends a step; its outputs lie in the arena, a state's are aliases of it. The first output.
  int step(const ops::Op& op, const std::vector<int>& inputs) {
    std::vector<TensorType> types;
    types.reserve(inputs.size());
    for (const int input : inputs) types.push_back(value(input).type);
    engine::PlanStep step{.op = std::string(op.name()),
                          .attributes = op.attributes_json(),
                          .inputs = inputs,
                          .outputs = {},
                          .kernels = {{}},
                          .computes = {}};
    for (const TensorType& type : op.infer(types)) {
      step.outputs.push_back(type.dtype == DType::kState ? alias(inputs[0], type) : arena(type));
    }
    plan_.steps.push_back(std::move(step));
    choose(0, kernels::reference_kernel(op.name()).name, inputs);
    return plan_.steps.back().outputs[0];
  }
  // A kernel of the last step for up to so many tokens, before the one for any number.
  void choose(int64_t up_to_tokens, std::string_view kernel, const std::vector<int>& inputs) {
    auto& choices = plan_.steps.back().kernels[0].choices;
    choices.insert(choices.begin(), {.up_to_tokens = up_to_tokens,
                                     .kernel = std::string(kernel),
                                     .inputs = inputs,
                                     .workspace_bytes = {}});
  }
  void output(std::string_view name, int value) {
    plan_.outputs.push_back({std::string(name), value});
  }

  engine::Plan& plan() { return plan_; }
  // Verified. `tensors`: the weights' by name.
  std::shared_ptr<const Engine> load(std::map<std::string, Tensor, std::less<>> tensors,
                                     int threads = 1) const {
    engine::EngineData data;
    data.manifest.plans = {plan_};
    engine::verify(plan_);
    return Engine::from_memory(std::move(data), memory_rows(std::move(tensors)),
                               {.threads = threads, .isa = {}, .weights = {}});
  }

 private:
  engine::PlanValue& value(int index) { return plan_.values[static_cast<size_t>(index)]; }
  int add(engine::PlanValue value) {
    plan_.values.push_back(std::move(value));
    return static_cast<int>(plan_.values.size()) - 1;
  }
  int arena(const TensorType& type) {
    const Dim offset = plan_.arena_bytes;
    plan_.arena_bytes = offset + engine::aligned_bytes(type, engine::arena_alignment(plan_));
    return add({.name = {},
                .type = type,
                .storage = engine::Storage::kArena,
                .index = -1,
                .offset = offset});
  }

  engine::Plan plan_;
};

}  // namespace lathe::exec
