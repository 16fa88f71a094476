// SPDX-License-Identifier: Apache-2.0
// A network: typed values, the ops between them in an order that runs, named inputs, parameters,
// states and outputs.
//
//   Network net;
//   Value x = net.input("x", {DType::kF32, {Dim::symbol("tokens"), 16}});
//   Value w = net.parameter("w", {DType::kF32, {32, 16}});
//   net.mark_output("y", silu(linear(x, w)));        // functions.h
//
// Every op's types are checked as it is added. One thread at a time. Movable would break handles,
// so it is neither copied nor moved; `clone` gives a copy with the same ids.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lathe/graph/value.h"
#include "lathe/ops/op.h"
#include "lathe/ops/sharding.h"
#include "lathe/ops/state_spec.h"
#include "lathe/ops/weight_format.h"
#include "lathe/ops/weight_source.h"

namespace lathe::graph {

using ops::StateSpec;
using ops::WeightPart;
using ops::WeightSource;

struct ParameterSpec {
  std::vector<WeightSource> sources;  // joined along rows; empty = the tensor of the same name
  std::vector<int64_t> source_rows;   // rows that each source brings; the bind pass sets them
  ops::ShardingSpec sharding;
  ops::WeightFormatDesc format;  // the bind pass sets it from the checkpoint
  WeightPart part = WeightPart::kValues;
  bool operator==(const ParameterSpec&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("sources", &ParameterSpec::sources);
    v("source_rows", &ParameterSpec::source_rows);
    v("sharding", &ParameterSpec::sharding);
    v("format", &ParameterSpec::format);
    v("part", &ParameterSpec::part);
  }
};

struct Node {
  ops::Op op;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
};

struct NamedOutput {
  std::string name;
  Value value;
};

class Network {
 public:
  explicit Network(std::string name = "main") : name_(std::move(name)) {}
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  const std::string& name() const { return name_; }
  std::unique_ptr<Network> clone() const;

  // Building. Names are unique among inputs, parameters and states: kInvalidArgument where one is
  // taken. An input of the same name and type is given again instead.
  Value input(std::string_view name, TensorType type);
  Value parameter(std::string_view name, TensorType type, ParameterSpec spec = {});
  Value state(std::string_view name, StateSpec spec);
  // Adds an op, at the end or before the insertion point. Throws kInvalidArgument with the op and
  // what is wrong with its operands.
  std::vector<Value> add(ops::Op op, std::span<const Value> inputs);
  Value add_one(ops::Op op, std::initializer_list<Value> inputs);  // of an op with one output
  void mark_output(std::string_view name, Value value);
  void set_name(Value value, std::string name);
  void insert_before(std::optional<NodeId> node) { insertion_point_ = node; }

  // Looking.
  std::vector<Value> inputs() const { return of_kind(Kind::kInput); }
  std::vector<Value> parameters() const { return of_kind(Kind::kParameter); }
  std::vector<Value> states() const { return of_kind(Kind::kState); }
  const std::vector<NamedOutput>& outputs() const { return outputs_; }
  const std::vector<NodeId>& nodes() const { return order_; }  // in running order
  const Node& node(NodeId id) const;
  bool contains(NodeId id) const;                     // false once it is removed
  std::optional<NodeId> producer(Value value) const;  // none of inputs, parameters, states
  int output_index(Value value) const;                // which output of its producer
  std::vector<NodeId> users(Value value) const;       // each once, in running order
  bool is_output(Value value) const;
  bool is_parameter(Value value) const { return info(value.id()).kind == Kind::kParameter; }
  bool is_input(Value value) const { return info(value.id()).kind == Kind::kInput; }
  bool is_state(Value value) const { return info(value.id()).kind == Kind::kState; }
  const ParameterSpec& parameter_spec(Value value) const;
  const StateSpec& state_spec(Value value) const;
  Value value(ValueId id) const { return {const_cast<Network&>(*this), id}; }
  std::optional<Value> find(std::string_view name) const;  // input, parameter or state
  const TensorType& type(ValueId id) const { return info(id).type; }
  const std::string& value_name(ValueId id) const { return info(id).name; }

  // Rewriting.
  void set_parameter_spec(Value value, ParameterSpec spec);
  void set_operand(NodeId node, size_t index, Value value);  // types must stay equal
  // Users and outputs of `from` take `to`. Throws kInvalidArgument where the types differ.
  void replace_all_uses(Value from, Value to);
  // Another running order of the same nodes. REQUIRES: each behind those whose values it reads.
  void reorder(std::vector<NodeId> order);
  void remove(NodeId node);             // REQUIRES: no users, no output
  void remove_unused(Value parameter);  // a parameter, input or state without users

 private:
  enum class Kind : uint8_t { kNode, kInput, kParameter, kState, kRemoved };
  struct ValueInfo {
    Kind kind;
    TensorType type;
    std::string name;
    NodeId producer{-1};
    int output_index = 0;
    ParameterSpec parameter;
    StateSpec state;
    std::vector<NodeId> users;  // one entry a use
  };
  const ValueInfo& info(ValueId id) const;
  ValueInfo& info(ValueId id);
  Value declare(Kind kind, std::string_view name, TensorType type);
  std::vector<Value> of_kind(Kind kind) const;
  void check_mine(Value value) const;

  std::string name_;
  std::deque<ValueInfo> values_;  // deques: references that were handed out stay good
  std::deque<std::optional<Node>> nodes_;
  std::vector<NodeId> order_;
  std::vector<NamedOutput> outputs_;
  std::optional<NodeId> insertion_point_;
};

}  // namespace lathe::graph
