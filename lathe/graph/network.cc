// SPDX-License-Identifier: Apache-2.0
#include "lathe/graph/network.h"

#include <algorithm>

namespace lathe::graph {

namespace {
size_t index_of(ValueId id) { return static_cast<size_t>(id); }
size_t index_of(NodeId id) { return static_cast<size_t>(id); }
}  // namespace

const TensorType& Value::type() const {
  LATHE_CHECK(valid(), "a default-constructed Value has no type");
  return network_->type(id_);
}

const std::string& Value::name() const { return network_->value_name(id_); }

const Network::ValueInfo& Network::info(ValueId id) const {
  LATHE_CHECK(index_of(id) < values_.size(), "no such value", static_cast<int>(id));
  return values_[index_of(id)];
}

Network::ValueInfo& Network::info(ValueId id) {
  return const_cast<ValueInfo&>(static_cast<const Network*>(this)->info(id));
}

const Node& Network::node(NodeId id) const {
  LATHE_CHECK(index_of(id) < nodes_.size() && nodes_[index_of(id)].has_value(), "no such node",
              static_cast<int>(id));
  return *nodes_[index_of(id)];
}

bool Network::contains(NodeId id) const {
  return index_of(id) < nodes_.size() && nodes_[index_of(id)].has_value();
}

void Network::check_mine(Value value) const {
  LATHE_CHECK(value.valid() && &value.network() == this, "a value of another network");
  LATHE_CHECK(info(value.id()).kind != Kind::kRemoved, "a value that was removed");
}

std::unique_ptr<Network> Network::clone() const {
  auto copy = std::make_unique<Network>(name_);
  copy->values_ = values_;
  copy->nodes_ = nodes_;
  copy->order_ = order_;
  for (const NamedOutput& output : outputs_) {
    copy->outputs_.push_back({output.name, copy->value(output.value.id())});
  }
  return copy;
}

Value Network::declare(Kind kind, std::string_view name, TensorType type) {
  if (find(name)) fail(ErrorCode::kInvalidArgument, "network: the name ", quote(name), " is taken");
  values_.push_back({.kind = kind,
                     .type = std::move(type),
                     .name = std::string(name),
                     .parameter = {},
                     .state = {},
                     .users = {}});
  return value(ValueId(static_cast<int32_t>(values_.size() - 1)));
}

Value Network::input(std::string_view name, TensorType type) {
  const std::optional<Value> known = find(name);
  if (known && is_input(*known) && known->type() == type) return *known;
  return declare(Kind::kInput, name, std::move(type));
}

Value Network::parameter(std::string_view name, TensorType type, ParameterSpec spec) {
  const Value value = declare(Kind::kParameter, name, std::move(type));
  info(value.id()).parameter = std::move(spec);
  return value;
}

Value Network::state(std::string_view name, StateSpec spec) {
  const Value value =
      declare(Kind::kState, name, {DType::kState, {Dim(spec.kv_heads), Dim(spec.head_dim)}});
  info(value.id()).state = spec;
  return value;
}

std::vector<Value> Network::add(ops::Op op, std::span<const Value> inputs) {
  Node node{.op = std::move(op), .inputs = {}, .outputs = {}};
  std::vector<TensorType> types;
  for (const Value input : inputs) {
    check_mine(input);
    node.inputs.push_back(input.id());
    types.push_back(input.type());
  }
  const NodeId id{static_cast<int32_t>(nodes_.size())};
  std::vector<Value> outputs;
  for (TensorType& type : node.op.infer(types)) {
    const ValueId output{static_cast<int32_t>(values_.size())};
    values_.push_back({.kind = Kind::kNode,
                       .type = std::move(type),
                       .name = {},
                       .producer = id,
                       .output_index = static_cast<int>(outputs.size()),
                       .parameter = {},
                       .state = {},
                       .users = {}});
    node.outputs.push_back(output);
    outputs.push_back(value(output));
  }
  for (const ValueId input : node.inputs) info(input).users.push_back(id);
  nodes_.emplace_back(std::move(node));
  const auto place =
      insertion_point_ ? std::find(order_.begin(), order_.end(), *insertion_point_) : order_.end();
  order_.insert(place, id);
  return outputs;
}

Value Network::add_one(ops::Op op, std::initializer_list<Value> inputs) {
  const std::vector<Value> outputs = add(std::move(op), {inputs.begin(), inputs.size()});
  LATHE_CHECK(outputs.size() == 1, "the op has not one output", outputs.size());
  return outputs[0];
}

void Network::mark_output(std::string_view name, Value value) {
  check_mine(value);
  for (const NamedOutput& output : outputs_) {
    if (output.name == name) {
      fail(ErrorCode::kInvalidArgument, "network: there is an output ", quote(name), " already");
    }
  }
  outputs_.push_back({std::string(name), value});
}

void Network::set_name(Value value, std::string name) {
  check_mine(value);
  info(value.id()).name = std::move(name);
}

std::optional<NodeId> Network::producer(Value value) const {
  check_mine(value);
  const ValueInfo& found = info(value.id());
  if (found.kind != Kind::kNode) return std::nullopt;
  return found.producer;
}

int Network::output_index(Value value) const { return info(value.id()).output_index; }

std::vector<NodeId> Network::users(Value value) const {
  check_mine(value);
  const std::vector<NodeId>& uses = info(value.id()).users;
  std::vector<NodeId> out;
  if (uses.empty()) return out;
  if (uses.size() == 1) return uses;
  for (const NodeId id : order_) {
    if (std::find(uses.begin(), uses.end(), id) != uses.end()) out.push_back(id);
  }
  return out;
}

bool Network::is_output(Value value) const {
  return std::any_of(outputs_.begin(), outputs_.end(),
                     [&](const NamedOutput& output) { return output.value == value; });
}

const ParameterSpec& Network::parameter_spec(Value value) const {
  LATHE_CHECK(is_parameter(value), "not a parameter", value.name());
  return info(value.id()).parameter;
}

const StateSpec& Network::state_spec(Value value) const {
  LATHE_CHECK(is_state(value), "not a state", value.name());
  return info(value.id()).state;
}

std::optional<Value> Network::find(std::string_view name) const {
  for (size_t i = 0; i < values_.size(); ++i) {
    const Kind kind = values_[i].kind;
    if (kind == Kind::kNode || kind == Kind::kRemoved || values_[i].name != name) continue;
    return value(ValueId(static_cast<int32_t>(i)));
  }
  return std::nullopt;
}

std::vector<Value> Network::of_kind(Kind kind) const {
  std::vector<Value> out;
  for (size_t i = 0; i < values_.size(); ++i) {
    if (values_[i].kind == kind) out.push_back(value(ValueId(static_cast<int32_t>(i))));
  }
  return out;
}

void Network::set_parameter_spec(Value value, ParameterSpec spec) {
  LATHE_CHECK(is_parameter(value), "not a parameter", value.name());
  info(value.id()).parameter = std::move(spec);
}

void Network::set_operand(NodeId id, size_t index, Value value) {
  check_mine(value);
  Node& changed = *nodes_[index_of(id)];
  LATHE_CHECK(index < changed.inputs.size(), "no such operand", index);
  const ValueId old = changed.inputs[index];
  if (type(old) != value.type()) {
    fail(ErrorCode::kInvalidArgument, changed.op.name(), ": operand ", index, " is ",
         type(old).to_string(), ", its replacement ", value.type().to_string());
  }
  std::vector<NodeId>& uses = info(old).users;
  uses.erase(std::find(uses.begin(), uses.end(), id));
  changed.inputs[index] = value.id();
  info(value.id()).users.push_back(id);
}

void Network::replace_all_uses(Value from, Value to) {
  check_mine(from);
  check_mine(to);
  if (from == to) return;
  if (from.type() != to.type()) {
    fail(ErrorCode::kInvalidArgument, "replace_all_uses: ", from.type().to_string(), " by ",
         to.type().to_string());
  }
  for (const NodeId user : users(from)) {
    for (size_t i = 0; i < node(user).inputs.size(); ++i) {
      if (node(user).inputs[i] == from.id()) set_operand(user, i, to);
    }
  }
  for (NamedOutput& output : outputs_) {
    if (output.value == from) output.value = to;
  }
}

void Network::reorder(std::vector<NodeId> order) {
  std::vector<bool> placed(nodes_.size(), false);
  for (const NodeId id : order) {
    for (const ValueId input : node(id).inputs) {
      const std::optional<NodeId> maker = producer(value(input));
      LATHE_CHECK(!maker || placed[index_of(*maker)], "an op before what it reads",
                  node(id).op.name());
    }
    LATHE_CHECK(!placed[index_of(id)], "an op twice in an order", node(id).op.name());
    placed[index_of(id)] = true;
  }
  LATHE_CHECK(order.size() == order_.size(), "an order of other nodes", order.size());
  order_ = std::move(order);
}

void Network::remove(NodeId id) {
  const Node removed = node(id);
  for (const ValueId output : removed.outputs) {
    LATHE_CHECK(info(output).users.empty() && !is_output(value(output)), "a used node is removed",
                removed.op.name());
    info(output).kind = Kind::kRemoved;
  }
  for (const ValueId input : removed.inputs) {
    std::vector<NodeId>& uses = info(input).users;
    uses.erase(std::find(uses.begin(), uses.end(), id));
  }
  order_.erase(std::find(order_.begin(), order_.end(), id));
  nodes_[index_of(id)].reset();
}

void Network::remove_unused(Value value) {
  LATHE_CHECK(info(value.id()).users.empty() && !is_output(value), "it is used", value.name());
  info(value.id()).kind = Kind::kRemoved;
}

}  // namespace lathe::graph
