// SPDX-License-Identifier: Apache-2.0
// An activation behind a linear becomes its epilogue.
#include "lathe/builder/linear_node.h"
#include "lathe/builder/passes/list.h"
#include "lathe/builder/rewrite.h"
#include "lathe/kernels/cpu/vector_forms.h"

namespace lathe::builder::passes {

namespace {

bool fuse(Network& network, NodeId id) {
  const Node node = network.node(id);
  const auto* unary = node.op.as<ops::Unary>();
  if (unary == nullptr || !kernels::has_vector_form(unary->kind)) return false;
  std::optional<LinearNode> linear = linear_behind(network.value(node.inputs[0]));
  if (!linear || !used_once(linear->y)) return false;
  if (linear->op.activation || linear->op.residual) return false;
  linear->op.activation = unary->kind;
  const InsertBefore place(network, id);
  substitute(network.value(node.outputs[0]), add_linear(*linear));
  return true;
}

void run(Network& network, PassContext& context) {
  const int count = rewrite_nodes(network, [&](NodeId id) { return fuse(network, id); });
  note_count(context, count, "activations fused into linears");
}

}  // namespace

const Pass kFuseActivation{.name = "fuse_activation",
                           .purpose = "an activation behind a linear is its epilogue",
                           .guarantees = "no activation stands behind a linear that it alone reads",
                           .after = {"bind", "recognise_activations", "gate_linear"},
                           .run = run};

}  // namespace lathe::builder::passes
