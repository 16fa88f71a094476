// SPDX-License-Identifier: Apache-2.0
// Small changes to a network, for tests that plant faults or spell a model differently.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "lathe/graph/network.h"

namespace lathe::testing {

using graph::Network;
using graph::NodeId;
using graph::Value;

template <ops::OpType T>
std::vector<NodeId> nodes_of(const Network& network) {
  std::vector<NodeId> found;
  for (const NodeId id : network.nodes()) {
    if (network.node(id).op.is<T>()) found.push_back(id);
  }
  return found;
}

inline std::vector<Value> operands(Network& network, NodeId id) {
  std::vector<Value> values;
  for (const graph::ValueId input : network.node(id).inputs) values.push_back(network.value(input));
  return values;
}

inline Value result(Network& network, NodeId id) {
  return network.value(network.node(id).outputs.at(0));
}

// Puts `make(operands)` in the place of a node with one result.
inline void replace_node(Network& network, NodeId id,
                         const std::function<Value(const std::vector<Value>&)>& make) {
  const Value old = result(network, id);
  network.insert_before(id);
  const Value made = make(operands(network, id));
  network.insert_before(std::nullopt);
  if (!old.name().empty()) network.set_name(made, old.name());
  network.replace_all_uses(old, made);
  network.remove(id);
}

// Every op of one kind takes other attributes or operands.
template <ops::OpType T>
void change_ops(Network& network,
                const std::function<void(T& op, std::vector<Value>& operands)>& change) {
  for (const NodeId id : nodes_of<T>(network)) {
    replace_node(network, id, [&](std::vector<Value> inputs) {
      T op = *network.node(id).op.as<T>();
      change(op, inputs);
      return network.add(std::move(op), inputs).at(0);
    });
  }
}

// The value that the model calls so: "layers.0.mlp", "final_norm".
inline Value named_value(Network& network, std::string_view name) {
  for (const NodeId id : network.nodes()) {
    for (const graph::ValueId output : network.node(id).outputs) {
      if (network.value_name(output) == name) return network.value(output);
    }
  }
  fail(ErrorCode::kNotFound, "no value is called ", quote(name));
}

}  // namespace lathe::testing
