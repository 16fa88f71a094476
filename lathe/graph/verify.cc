// SPDX-License-Identifier: Apache-2.0
#include "lathe/graph/verify.h"

#include <algorithm>
#include <set>

namespace lathe::graph {

namespace {

// "%12 (logits)", for messages.
std::string describe(const Network& network, ValueId id) {
  const std::string& name = network.value_name(id);
  return cat("%", static_cast<int>(id), name.empty() ? "" : cat(" (", name, ")"));
}

class Verifier {
 public:
  explicit Verifier(const Network& network) : network_(network) {
    for (const auto& values : {network.inputs(), network.parameters(), network.states()}) {
      for (const Value value : values) defined_.insert(value.id());
    }
  }

  void check_node(NodeId id) {
    const Node& node = network_.node(id);
    std::vector<TensorType> types;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      check_operand(node, i);
      types.push_back(network_.type(node.inputs[i]));
    }
    check_outputs(node, node.op.infer(types));
  }

  void check_result(const NamedOutput& output) const {
    if (defined_.contains(output.value.id())) return;
    fail(ErrorCode::kInternal, "verify: output ", quote(output.name), " is ",
         describe(network_, output.value.id()), ", which nothing defines");
  }

 private:
  void check_operand(const Node& node, size_t index) {
    const ValueId operand = node.inputs[index];
    if (!defined_.contains(operand)) {
      fail(ErrorCode::kInternal, "verify: ", node.op.name(), ": operand ", index, ", ",
           describe(network_, operand), ", is used before it is defined");
    }
    if (network_.type(operand).dtype != DType::kState || !gives_state(node)) return;
    if (!written_.insert(operand).second) {
      fail(ErrorCode::kInternal, "verify: ", node.op.name(), ": state ",
           describe(network_, operand), " is written twice");
    }
  }

  // An op that writes a state gives the next one.
  bool gives_state(const Node& node) const {
    return std::any_of(node.outputs.begin(), node.outputs.end(), [&](ValueId output) {
      return network_.type(output).dtype == DType::kState;
    });
  }

  void check_outputs(const Node& node, const std::vector<TensorType>& expected) {
    if (expected.size() != node.outputs.size()) {
      fail(ErrorCode::kInternal, "verify: ", node.op.name(), ": expected ", expected.size(),
           " outputs, got ", node.outputs.size());
    }
    for (size_t i = 0; i < expected.size(); ++i) {
      const ValueId output = node.outputs[i];
      if (network_.type(output) != expected[i]) {
        fail(ErrorCode::kInternal, "verify: ", node.op.name(), ": output ",
             describe(network_, output), " is ", network_.type(output).to_string(), ", expected ",
             expected[i].to_string());
      }
      defined_.insert(output);
    }
  }

  const Network& network_;
  std::set<ValueId> defined_;
  std::set<ValueId> written_;
};

}  // namespace

void verify(const Network& network) {
  Verifier verifier(network);
  for (const NodeId node : network.nodes()) verifier.check_node(node);
  for (const NamedOutput& output : network.outputs()) verifier.check_result(output);
}

}  // namespace lathe::graph
