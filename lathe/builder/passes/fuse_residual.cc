// SPDX-License-Identifier: Apache-2.0
// A sum behind a linear becomes its epilogue: the residual is added before the one rounding.
#include "lathe/builder/linear_node.h"
#include "lathe/builder/passes/list.h"
#include "lathe/builder/rewrite.h"

namespace lathe::builder::passes {

namespace {

bool takes_residual(const LinearNode& linear) { return !linear.op.residual && used_once(linear.y); }

bool fuse(Network& network, NodeId id) {
  const Node node = network.node(id);
  const auto* sum = node.op.as<ops::Binary>();
  if (sum == nullptr || sum->kind != ops::BinaryKind::kAdd) return false;
  const std::vector<Value> terms = operands(network, node);
  if (terms[0].type() != terms[1].type()) return false;
  for (const size_t i : {size_t{1}, size_t{0}}) {
    std::optional<LinearNode> linear = linear_behind(terms[i]);
    if (!linear || !takes_residual(*linear)) continue;
    linear->residual = terms[1 - i];
    const InsertBefore place(network, id);
    substitute(network.value(node.outputs[0]), add_linear(*linear));
    return true;
  }
  return false;
}

void run(Network& network, PassContext& context) {
  const int count = rewrite_nodes(network, [&](NodeId id) { return fuse(network, id); });
  note_count(context, count, "residuals fused into linears");
}

}  // namespace

const Pass kFuseResidual{.name = "fuse_residual",
                         .purpose = "a residual sum behind a linear is its epilogue",
                         .guarantees = "no sum stands behind a linear that it alone reads",
                         .after = {"bind", "gate_linear", "fuse_activation"},
                         .run = run};

}  // namespace lathe::builder::passes
