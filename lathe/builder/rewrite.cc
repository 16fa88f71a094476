// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/rewrite.h"

#include <algorithm>

#include "lathe/base/error.h"

namespace lathe::builder {

namespace {

bool is_used(const Network& network, const Node& node) {
  for (const graph::ValueId id : node.outputs) {
    const Value output = network.value(id);
    if (output.dtype() == DType::kState) return true;
    if (network.is_output(output) || !network.users(output).empty()) return true;
  }
  return false;
}

}  // namespace

int rewrite_nodes(Network& network, const std::function<bool(NodeId)>& rewrite) {
  int count = 0;
  const std::vector<NodeId> nodes = network.nodes();
  for (const NodeId node : nodes) {
    if (network.contains(node) && rewrite(node)) ++count;
  }
  if (count > 0) remove_dead(network);
  return count;
}

int rewrite_nodes_backwards(Network& network, const std::function<bool(NodeId)>& rewrite) {
  int count = 0;
  const std::vector<NodeId> nodes = network.nodes();
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    // What a rewriting has replaced has no users left, and is not looked at.
    if (!is_used(network, network.node(*node))) {
      network.remove(*node);
      continue;
    }
    if (!rewrite(*node)) continue;
    ++count;
    network.remove(*node);
  }
  if (count > 0) remove_dead(network);
  return count;
}

void substitute(Value from, Value to) {
  Network& network = from.network();
  if (to.name().empty()) network.set_name(to, from.name());
  network.replace_all_uses(from, to);
}

void remove_dead(Network& network) {
  const std::vector<NodeId> nodes = network.nodes();
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    if (!is_used(network, network.node(*node))) network.remove(*node);
  }
  for (const Value parameter : network.parameters()) {
    if (network.users(parameter).empty() && !network.is_output(parameter)) {
      network.remove_unused(parameter);
    }
  }
}

NodeId maker_id(Value value) {
  const std::optional<NodeId> producer = value.network().producer(value);
  LATHE_CHECK(producer.has_value(), "no op makes the value", value.name());
  return *producer;
}

const Node& maker(Value value) { return value.network().node(maker_id(value)); }

bool used_once(Value value) {
  const Network& network = value.network();
  const std::vector<NodeId> users = network.users(value);
  if (users.size() != 1 || network.is_output(value)) return false;
  const std::vector<graph::ValueId>& inputs = network.node(users[0]).inputs;
  return std::count(inputs.begin(), inputs.end(), value.id()) == 1;
}

std::vector<Value> operands(const Network& network, const Node& node) {
  std::vector<Value> out;
  out.reserve(node.inputs.size());
  for (const graph::ValueId input : node.inputs) out.push_back(network.value(input));
  return out;
}

void note_count(PassContext& context, int count, std::string_view what) {
  if (count > 0) context.notes.push_back(cat(count, " ", what));
}

}  // namespace lathe::builder
