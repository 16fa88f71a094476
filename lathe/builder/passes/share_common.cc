// SPDX-License-Identifier: Apache-2.0
// Common subexpressions: of ops with the same attributes and operands, the first stays.
#include <algorithm>
#include <map>

#include "lathe/builder/passes/list.h"
#include "lathe/builder/rewrite.h"
#include "lathe/ops/elementwise.h"

namespace lathe::builder::passes {

namespace {

bool touches_state(const Network& network, const Node& node) {
  return std::any_of(node.inputs.begin(), node.inputs.end(), [&](graph::ValueId input) {
    return network.type(input).dtype == DType::kState;
  });
}

bool is_commutative(const ops::Op& op) {
  const auto* binary = op.as<ops::Binary>();
  if (binary == nullptr) return false;
  return binary->kind == ops::BinaryKind::kAdd || binary->kind == ops::BinaryKind::kMul;
}

// Equal texts mean equal results.
std::string key_of(const Node& node) {
  std::vector<graph::ValueId> inputs = node.inputs;
  if (is_commutative(node.op)) std::sort(inputs.begin(), inputs.end());
  std::string key = cat(node.op.name(), node.op.attributes_json().dump());
  for (const graph::ValueId input : inputs) key += cat(" ", static_cast<int>(input));
  return key;
}

void run(Network& network, PassContext& context) {
  std::map<std::string, NodeId> first;
  const int count = rewrite_nodes(network, [&](NodeId id) {
    const Node& node = network.node(id);
    if (touches_state(network, node)) return false;
    const auto [known, added] = first.emplace(key_of(node), id);
    if (added) return false;
    const Node& same = network.node(known->second);
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      network.replace_all_uses(network.value(node.outputs[i]), network.value(same.outputs[i]));
    }
    return true;
  });
  note_count(context, count, "common subexpressions shared");
}

}  // namespace

const Pass kShareCommon{.name = "share_common",
                        .purpose = "compute equal expressions once",
                        .guarantees = "no two ops have the same attributes and operands",
                        .after = {},
                        .run = run};

}  // namespace lathe::builder::passes
