// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/lower/lower.h"

#include <map>

#include "lathe/base/error.h"
#include "lathe/engine/usage.h"
#include "lathe/ops/layout.h"

namespace lathe::builder {

namespace {

using engine::PlanStep;
using engine::PlanValue;
using engine::Storage;
using graph::Node;
using graph::Value;
using graph::ValueId;

// Of the whole weight, whichever of its tensors the parameter is.
std::vector<int64_t> weight_shape(Value parameter) {
  const graph::ParameterSpec& spec = parameter.network().parameter_spec(parameter);
  std::vector<int64_t> shape = parameter.shape().evaluate({});
  if (spec.part != ops::WeightPart::kValues) shape.back() *= spec.format.block_cols;
  if (shape.empty()) shape.push_back(1);
  return shape;
}

class Lowering {
 public:
  explicit Lowering(const graph::Network& network) : network_(network) {}

  engine::Plan run() {
    plan_.name = network_.name();
    for (const Value input : network_.inputs()) {
      add_value(input, {.name = input.name(), .type = input.type(), .storage = Storage::kInput});
    }
    for (const Value parameter : network_.parameters()) add_weight(parameter);
    for (const Value state : network_.states()) add_state(state);
    for (const graph::NodeId id : network_.nodes()) add_node(network_.node(id));
    for (const graph::NamedOutput& output : network_.outputs()) {
      plan_.outputs.push_back({output.name, index_of(output.value.id())});
    }
    return std::move(plan_);
  }

 private:
  int index_of(ValueId id) const { return index_.at(id); }

  void add_value(Value source, PlanValue value) {
    index_[source.id()] = static_cast<int>(plan_.values.size());
    plan_.values.push_back(std::move(value));
  }

  void add_weight(Value parameter) {
    add_value(parameter, {.name = parameter.name(),
                          .type = parameter.type(),
                          .storage = Storage::kWeight,
                          .index = static_cast<int>(plan_.weights.size())});
    plan_.weights.push_back(plan_weight(parameter));
  }

  void add_state(Value state) {
    add_value(state, {.name = state.name(),
                      .type = state.type(),
                      .storage = Storage::kState,
                      .index = static_cast<int>(plan_.states.size())});
    plan_.states.push_back({.name = state.name(), .spec = network_.state_spec(state)});
  }

  void add_node(const Node& node) {
    if (node.op.is<ops::Reshape>()) return add_alias(node.outputs[0], node.inputs[0]);
    PlanStep step{.op = std::string(node.op.name()),
                  .attributes = node.op.attributes_json(),
                  .inputs = {},
                  .outputs = {},
                  .kernels = {},
                  .computes = {}};
    for (const ValueId input : node.inputs) step.inputs.push_back(index_of(input));
    for (const ValueId output : node.outputs) {
      if (network_.type(output).dtype == DType::kState) {
        add_alias(output, node.inputs[0]);
        learn_dtype(node);
      } else {
        const Value value = network_.value(output);
        add_value(value, {.name = value.name(), .type = value.type(), .storage = Storage::kArena});
      }
      step.outputs.push_back(index_of(output));
      step.computes.push_back(network_.value_name(output));
    }
    plan_.steps.push_back(std::move(step));
  }

  void add_alias(ValueId output, ValueId base) {
    const Value value = network_.value(output);
    add_value(value, {.name = value.name(),
                      .type = value.type(),
                      .storage = Storage::kAlias,
                      .index = index_of(base)});
  }

  // A cache holds what is written to it in the dtype that it comes in.
  void learn_dtype(const Node& node) {
    const PlanValue& state = plan_.values[engine::root_of(plan_, index_of(node.inputs[0]))];
    plan_.states[static_cast<size_t>(state.index)].dtype = network_.type(node.inputs[1]).dtype;
  }

  const graph::Network& network_;
  engine::Plan plan_;
  std::map<ValueId, int> index_;
};

}  // namespace

engine::PlanWeight plan_weight(Value parameter) {
  const graph::ParameterSpec& spec = parameter.network().parameter_spec(parameter);
  engine::PlanWeight weight{.name = parameter.name(),
                            .sources = spec.sources,
                            .source_rows = spec.source_rows,
                            .shape = weight_shape(parameter),
                            .format = spec.format,
                            .part = spec.part,
                            .layout = {}};
  if (weight.source_rows.empty()) {
    weight.sources = {{.tensor = parameter.name()}};
    weight.source_rows = {weight.shape[0]};
  }
  if (weight.format.is_plain()) weight.format.code_dtype = parameter.dtype();
  return weight;
}

engine::Plan lower(const graph::Network& network) { return Lowering(network).run(); }

}  // namespace lathe::builder
