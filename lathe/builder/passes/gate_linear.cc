// SPDX-License-Identifier: Apache-2.0
// activation(gate) * up becomes the epilogue of one linear with the rows [gate; up], whether the
// two are separate projections, the halves of one, or a gated_activation.
#include "lathe/builder/linear_node.h"
#include "lathe/builder/passes/list.h"
#include "lathe/builder/rewrite.h"
#include "lathe/kernels/cpu/vector_forms.h"
#include "lathe/ops/gated_activation.h"
#include "lathe/ops/layout.h"

namespace lathe::builder::passes {

namespace {

// activation(gate) * up, as the network writes it.
struct Gate {
  ops::UnaryKind activation;
  Value gate, up;
};

std::optional<Gate> gate_at(const Network& network, const Node& node) {
  const auto* product = node.op.as<ops::Binary>();
  if (product == nullptr || product->kind != ops::BinaryKind::kMul) return std::nullopt;
  const std::vector<Value> factors = operands(network, node);
  for (const size_t i : {size_t{0}, size_t{1}}) {
    const auto* activation = made_by<ops::Unary>(factors[i]);
    if (activation == nullptr || !kernels::has_vector_form(activation->kind)) continue;
    if (!used_once(factors[i])) continue;
    return Gate{activation->kind, operands(network, maker(factors[i]))[0], factors[1 - i]};
  }
  return std::nullopt;
}

bool is_bare(const LinearNode& linear) {
  return !linear.op.activation && !linear.op.residual && !linear.op.gated;
}

// The linear whose halves the two are.
std::optional<LinearNode> halved(const Gate& gate) {
  const auto* split = made_by<ops::Split>(gate.gate);
  if (split == nullptr || made_by<ops::Split>(gate.up) != split) return std::nullopt;
  const Node& node = maker(gate.gate);
  const bool halves = node.outputs.size() == 2 && node.outputs[0] == gate.gate.id() &&
                      node.outputs[1] == gate.up.id() && gate.gate.type() == gate.up.type() &&
                      used_once(gate.gate) && used_once(gate.up);
  const Value whole = operands(gate.gate.network(), node)[0];
  const bool last = split->axis == -1 || split->axis == whole.shape().rank() - 1;
  std::optional<LinearNode> linear = linear_behind(whole);
  if (!halves || !last || !linear || !is_bare(*linear) || !used_once(whole)) return std::nullopt;
  return linear;
}

// The linear that computes gate and up together.
std::optional<LinearNode> both(const Gate& gate, PassContext& context) {
  if (std::optional<LinearNode> linear = halved(gate)) return linear;
  const std::optional<LinearNode> left = linear_behind(gate.gate), right = linear_behind(gate.up);
  if (!left || !right || !used_once(gate.gate) || !used_once(gate.up)) return std::nullopt;
  if (gate.gate.type() != gate.up.type()) return std::nullopt;
  const LinearNode pair[] = {*left, *right};
  const auto why_not = why_not_joined(pair);
  if (!why_not) return joined(pair);
  context.notes.push_back(
      cat(gate.gate.name(), " and ", gate.up.name(), " not joined: ", *why_not));
  return std::nullopt;
}

bool fuse(Network& network, NodeId id, PassContext& context) {
  const Node node = network.node(id);
  const Value result = network.value(node.outputs[0]);
  const InsertBefore place(network, id);
  std::optional<LinearNode> linear;
  ops::UnaryKind activation{};
  if (const auto* op = node.op.as<ops::GatedActivation>()) {
    const Value x = network.value(node.inputs[0]);
    linear = linear_behind(x);
    if (!linear || !is_bare(*linear) || !used_once(x)) return false;
    if (!kernels::has_vector_form(op->activation)) return false;
    activation = op->activation;
  } else if (const std::optional<Gate> gate = gate_at(network, node)) {
    linear = both(*gate, context);
    activation = gate->activation;
  }
  if (!linear) return false;
  linear->op.gated = true;
  linear->op.activation = activation;
  substitute(result, add_linear(*linear));
  return true;
}

void run(Network& network, PassContext& context) {
  const int count = rewrite_nodes(network, [&](NodeId id) { return fuse(network, id, context); });
  note_count(context, count, "gated projections fused");
}

}  // namespace

const Pass kGateLinear{.name = "gate_linear",
                       .purpose = "gate and up projections, activation and product in one linear",
                       .guarantees = "gates over projections that fit together are linears",
                       .after = {"bind", "recognise_activations"},
                       .run = run};

}  // namespace lathe::builder::passes
