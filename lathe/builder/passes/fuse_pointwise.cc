// SPDX-License-Identifier: Apache-2.0
// Element-wise ops become groups that one kernel runs; one alone is a group too.
#include <algorithm>
#include <map>

#include "lathe/builder/passes/list.h"
#include "lathe/builder/pointwise_groups.h"
#include "lathe/builder/rewrite.h"
#include "lathe/ops/layout.h"
#include "lathe/ops/pointwise_group.h"

namespace lathe::builder::passes {

namespace {

// A group's op, its operands and the values that it stands for.
class GroupWriter {
 public:
  GroupWriter(const Network& network, const std::vector<NodeId>& members)
      : network_(network), members_(members) {
    number_inputs();
    for (const NodeId member : members) add_step(member);
    for (const NodeId member : members) {
      const Value result = network.value(network.node(member).outputs[0]);
      if (is_read_outside(result)) add_output(result);
    }
  }

  const ops::PointwiseGroup& op() const { return op_; }
  const std::vector<Value>& inputs() const { return inputs_; }
  const std::vector<Value>& outputs() const { return outputs_; }

 private:
  bool is_member(std::optional<NodeId> node) const {
    return node && std::find(members_.begin(), members_.end(), *node) != members_.end();
  }

  // Constants of one value are written into the group.
  static const ops::Constant* constant_of(Value value) {
    const auto* constant = made_by<ops::Constant>(value);
    return constant != nullptr && ops::is_pointwise(*constant) ? constant : nullptr;
  }

  void number_inputs() {
    for (const NodeId member : members_) {
      for (const Value operand : operands(network_, network_.node(member))) {
        if (is_member(network_.producer(operand)) || constant_of(operand) != nullptr) continue;
        const int number = static_cast<int>(inputs_.size());
        if (number_of_.emplace(operand.id(), number).second) inputs_.push_back(operand);
      }
    }
  }

  void add(ops::PointwiseStep step, Value result) {
    op_.steps.push_back(std::move(step));
    number_of_[result.id()] = static_cast<int>(inputs_.size() + op_.steps.size()) - 1;
  }

  void add_step(NodeId member) {
    const Node& node = network_.node(member);
    std::vector<int> args;
    for (const Value operand : operands(network_, node)) {
      if (!number_of_.contains(operand.id())) add({*constant_of(operand), {}}, operand);
      args.push_back(number_of_.at(operand.id()));
    }
    add({node.op, std::move(args)}, network_.value(node.outputs[0]));
  }

  bool is_read_outside(Value value) const {
    const std::vector<NodeId> users = network_.users(value);
    return network_.is_output(value) ||
           std::any_of(users.begin(), users.end(), [&](NodeId user) { return !is_member(user); });
  }

  void add_output(Value result) {
    op_.outputs.push_back(number_of_.at(result.id()));
    outputs_.push_back(result);
  }

  const Network& network_;
  const std::vector<NodeId>& members_;
  ops::PointwiseGroup op_;
  std::map<graph::ValueId, int> number_of_;
  std::vector<Value> inputs_;
  std::vector<Value> outputs_;
};

void run(Network& network, PassContext& context) {
  const PointwiseGroups found = find_pointwise_groups(network);
  network.reorder(found.order);
  size_t num_ops = 0;
  for (const std::vector<NodeId>& members : found.groups) {
    num_ops += members.size();
    const GroupWriter group(network, members);
    if (group.outputs().empty()) continue;  // dead code
    const InsertBefore place(network, members.front());
    const std::vector<Value> results = network.add(group.op(), group.inputs());
    for (size_t i = 0; i < results.size(); ++i) substitute(group.outputs()[i], results[i]);
  }
  remove_dead(network);
  if (found.groups.empty()) return;
  context.notes.push_back(
      cat(num_ops, " element-wise ops in ", found.groups.size(), " pointwise groups"));
}

}  // namespace

const Pass kFusePointwise{
    .name = "fuse_pointwise",
    .purpose = "neighbouring element-wise ops are one op, which one kernel runs in one loop",
    .guarantees =
        "every element-wise op (but a cast of u4) is in a group; of two groups that read "
        "each other no one group can be made",
    .after = {"fuse_activation", "fuse_residual", "fuse_residual_norm", "fuse_norm_quantize",
              "fuse_rope_kv_write"},
    .run = run};

}  // namespace lathe::builder::passes
